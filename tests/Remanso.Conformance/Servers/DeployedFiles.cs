using Remanso.Conformance.Support;

namespace Remanso.Conformance.Servers;

/// <summary>What operators run, from the folder <c>deploy</c>: the tests run with exactly that.</summary>
internal static class DeployedFiles
{
    public const string Password = "swordfish";

    /// <summary>Statements that make an account, with the password of the tests.</summary>
    public static string ReadSql(string name) => Read("sql", name).Replace("'PASSWORD'", $"'{Password}'", StringComparison.Ordinal);

    /// <summary>The users of Redis, with the password of the tests.</summary>
    public static string ReadAcl() => Read("redis", "users.acl").Replace(">PASSWORD", $">{Password}", StringComparison.Ordinal);

    private static string Read(string area, string name) => File.ReadAllText(Path.Combine(Repository.Root, "deploy", area, name));
}

using Remanso.Common;

namespace Remanso.Server.Configuration;

/// <summary>Connection strings from files: <c>ConnectionStrings:Store_FILE</c> names the file that holds
/// <c>ConnectionStrings:Store</c>, as secrets of containers are mounted. So no password stands in an environment or on
/// a command line.
/// </summary>
internal static class SecretFiles
{
    public const string Suffix = "_FILE";

    public static readonly string[] Names = [ServerSettings.TierName, ServerSettings.StoreName, ServerSettings.JournalName];

    /// <summary>Reads the files that are set.</summary>
    /// <exception cref="SettingException">A file can't be read, or the setting is there as well.</exception>
    public static Dictionary<string, string?> Read(IConfiguration configuration)
    {
        Dictionary<string, string?> read = new(StringComparer.OrdinalIgnoreCase);
        foreach (var name in Names)
        {
            if (configuration[name + Suffix] is not { Length: > 0 } path)
            {
                continue;
            }

            if (!string.IsNullOrEmpty(configuration[name]))
            {
                throw new SettingException($"{name} and {name}{Suffix} are both set; set one of them");
            }

            read[name] = SecretFile.TryRead(path, out var text) is { } problem
                ? throw new SettingException($"{name}{Suffix}: the file {path} {problem}")
                : text;
        }

        return read;
    }
}

namespace Remanso.Redis.Resp;

/// <summary>The server answered with an error. The connection is well, and the command had no effect unless a script
/// failed half-way.</summary>
internal sealed class RedisServerException(string message) : RedisException(message)
{
    /// <summary>The first word of the error, by convention its class: <c>ERR</c>, <c>WRONGTYPE</c>, <c>MOVED</c>
    /// …; <c>NOPERM</c> also where a command of a script lacked the right.</summary>
    public string Code { get; } = IsWithinScript(message) ? "NOPERM" : FirstWord(message);

    /// <inheritdoc />
    public override bool IsTransient =>
        Code is "LOADING" or "BUSY" or "TRYAGAIN" or "CLUSTERDOWN" or "MASTERDOWN" or "READONLY" or "MOVED" or "ASK";

    /// <inheritdoc />
    public override string? Reason =>
        Code == "NOPERM" ? "Redis refused it (NOPERM): its user lacks a right."
        : Code.All(char.IsAsciiLetterUpper) ? $"Redis refused it ({Code})."
        : "Redis refused it.";

    /// <summary>Whether the server takes no writes for now, and answers reads: its disk is full, it has fewer replicas than
    /// it wants, or its cluster is down and allows reads. It runs no script then that may write, whether it would or
    /// not. As a rule that lasts for longer than a caller waits.</summary>
    public bool RefusesWrites =>
        Code is "MISCONF" or "NOREPLICAS"
        || (Code == "CLUSTERDOWN" && Message.Contains("only accepts read commands", StringComparison.Ordinal));

    /// <summary>Whether the server does not serve this command to this user, ever: no right to it, no such command, or
    /// renamed away. What is asked only to know is then not known.</summary>
    public bool IsRefusal => !IsTransient && !RefusesWrites && Code is not ("NOAUTH" or "WRONGPASS");

    // Redis 7.0, and those after it: both begin with ERR.
    private static bool IsWithinScript(string message) =>
        message.Contains("The user executing the script can't", StringComparison.Ordinal)
        || message.Contains("ACL failure in script", StringComparison.Ordinal);

    private static string FirstWord(string message)
    {
        var space = message.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? message : message[..space];
    }
}

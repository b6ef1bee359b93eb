namespace Remanso.Server.Commands;

/// <summary>How the commands that call a server end; docs/command-line.md promises these to scripts.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    public const int NotFound = 1;

    public const int Usage = 2;

    public const int Refused = 3;

    public const int Unreachable = 4;

    /// <summary>As shells say of what Ctrl+C has ended.</summary>
    public const int Interrupted = 130;
}

namespace Remanso.Server.Commands;

/// <summary>How the commands that call a server end; docs/reference/command-line.md promises these to scripts.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    public const int NotFound = 1;

    public const int Usage = 2;

    public const int Refused = 3;

    public const int Unreachable = 4;

    /// <summary>Of <c>doctor</c>: something is wrong.</summary>
    public const int FoundProblems = 5;

    /// <summary>Of <c>doctor</c>: nothing wrong was found, and not everything could be looked at.</summary>
    public const int CouldNotCheck = 6;

    /// <summary>A file of this machine could not be read or written to its end.</summary>
    public const int Local = 7;

    /// <summary>As shells say of what Ctrl+C has ended.</summary>
    public const int Interrupted = 130;
}

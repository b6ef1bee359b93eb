namespace Remanso.Server.Commands.Plan.Logs;

/// <summary>How the lines of a log are written.</summary>
internal interface ILogFormat
{
    /// <summary>Reads one line.</summary>
    /// <returns>What is wrong with it; null where nothing is.</returns>
    string? Read(ReadOnlySpan<byte> line, LoggedCall call);
}

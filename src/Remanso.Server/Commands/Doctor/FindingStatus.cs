namespace Remanso.Server.Commands.Doctor;

/// <summary>What came of a check; the higher it is, the more it needs somebody.</summary>
internal enum FindingStatus
{
    Ok,

    /// <summary>It works, and may bite.</summary>
    Warning,

    /// <summary>It could not be found out.</summary>
    Unknown,

    /// <summary>The server would not start, not keep a promise, or be open to others.</summary>
    Problem,
}

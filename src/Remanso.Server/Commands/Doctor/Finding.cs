namespace Remanso.Server.Commands.Doctor;

/// <summary>A verdict with the check that it is of.</summary>
internal sealed record Finding(string Category, string Name, string Link, Verdict Verdict)
{
    public FindingStatus Status => Verdict.Status;

    /// <summary>The status as scripts and people read it.</summary>
    public string StatusName => Status.ToString().ToLowerInvariant();
}

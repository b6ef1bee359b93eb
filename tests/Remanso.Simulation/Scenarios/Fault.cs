namespace Remanso.Simulation.Scenarios;

/// <summary>What breaks.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">How.</param>
/// <param name="Process">Which process, where it is one.</param>
/// <param name="Lasts">For how long; of a process that ends: until it starts again.</param>
internal sealed record Fault(TimeSpan At, FaultKind Kind, int Process, TimeSpan Lasts)
{
    /// <summary>Whether a tier that forgets has what it had so long before, where it can: as a replica has that lagged.</summary>
    public bool FallsBack => Kind == FaultKind.TierForgets && (int)Lasts.TotalMilliseconds % 2 == 1;
}

internal enum FaultKind
{
    Crash,
    Restart,
    Pause,
    CutTier,
    CutStore,
    BreakSignals,
    PauseTier,
    TierForgets,
    ClockForward,
    ClockBack,
    DiskFails,
}

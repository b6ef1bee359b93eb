namespace Remanso.Simulation.Scenarios;

/// <summary>What breaks.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">How.</param>
/// <param name="Process">Which process, where it is one.</param>
/// <param name="Lasts">For how long; of a process that ends: until it starts again.</param>
internal sealed record Fault(TimeSpan At, FaultKind Kind, int Process, TimeSpan Lasts);

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

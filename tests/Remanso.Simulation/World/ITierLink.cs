using Remanso.Tiers;

namespace Remanso.Simulation.World;

/// <summary>One process's way to the shared tier.</summary>
internal interface ITierLink
{
    ICacheTier Tier { get; }

    /// <summary>When a call failed last, in ticks.</summary>
    long FailedAt { get; }

    /// <summary>Breaks the subscriptions of this process.</summary>
    void BreakSignals();

    void MendSignals();

    /// <summary>The process ends as it should.</summary>
    ValueTask CloseAsync();
}

using Remanso.Tiers;

namespace Remanso.Server.Commands.Plan.Simulation;

/// <summary>What the parts of a simulation share: the product's own tier on a simulated clock, the database, and what is counted.</summary>
internal sealed class SimulatedWorld
{
    public SimulatedWorld(Trace trace, CacheOptions options, StoreModel store, int seed)
    {
        Trace = trace;
        Options = options;
        Time = new SimulatedTime();
        Agenda = new Agenda(Time);
        Tier = new MemoryTier("plan", options.Tier, Time);
        Store = new SimulatedStore(trace, store, options.Flush.BatchSize);
        Random = new Random(seed);
        Unsaved = new UnsavedWrites(trace.Keys.Length);
    }

    public Trace Trace { get; }

    public CacheOptions Options { get; }

    public SimulatedTime Time { get; }

    public Agenda Agenda { get; }

    public MemoryTier Tier { get; }

    public SimulatedStore Store { get; }

    public Random Random { get; }

    public RunCounts Counts { get; } = new();

    /// <summary>The accepted writes that the database does not have.</summary>
    public UnsavedWrites Unsaved { get; }
}

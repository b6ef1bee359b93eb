using Remanso.Server.Commands.Remote.Bench;

namespace Remanso.Server.Commands.Plan.Simulation;

/// <summary>What is counted in a run, by the names and rules of the product's statistics.</summary>
internal sealed class RunCounts
{
    public long NearReads { get; set; }

    public long TierReads { get; set; }

    public long StoreReads { get; set; }

    public long AbsentReads { get; set; }

    public long StaleReads { get; set; }

    public long Joined { get; set; }

    public long Queries { get; set; }

    public long LoadedKeys { get; set; }

    public long EarlyRefreshes { get; set; }

    public long QueryMicros { get; set; }

    public long LongestLoadMicros { get; set; }

    public long Writes { get; set; }

    public long Refused { get; set; }

    public long Batches { get; set; }

    public long Rows { get; set; }

    public long PeakDirtyEntries { get; set; }

    public long PeakDirtyBytes { get; set; }

    /// <summary>From the first write of an entry to its row.</summary>
    public Latencies Lag { get; } = new();

    public long Reads => NearReads + TierReads + StoreReads + AbsentReads + StaleReads;
}

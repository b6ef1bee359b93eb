using Remanso.Telemetry;

namespace Remanso;

/// <summary>Counts of one cache since the process started, and what is dirty now.</summary>
/// <param name="Reads">Reads by what answered them.</param>
/// <param name="Flights">Single flights.</param>
/// <param name="Loads">Loads from the backing store.</param>
/// <param name="Writes">Accepted writes, deletes among them.</param>
/// <param name="Refused">Writes refused under back-pressure.</param>
/// <param name="Flush">What the flusher of this process did.</param>
/// <param name="Dirty">What is dirty now, over all nodes.</param>
public sealed record CacheStatistics(
    ReadCounts Reads,
    FlightCounts Flights,
    LoadCounts Loads,
    long Writes,
    long Refused,
    FlushCounts Flush,
    DirtySummary Dirty
)
{
    /// <summary>Tags that were removed through this process.</summary>
    public long TagsRemoved { get; init; }

    /// <summary>Writes of this process that waited for the store, and lost to a higher version that others wrote
    /// (<see cref="WriteSupersededException"/>).</summary>
    public long Superseded { get; init; }

    /// <summary>Dirty entries that this process found to be gone from the tier though nobody stored them: writes that are lost.</summary>
    public long Vanished { get; init; }

    /// <summary>Rows that this process removed from the store because they were gone for longer than their retention.</summary>
    public long Purged { get; init; }

    /// <summary>Entries that the stop of this process could not store; 0 before it. A shared tier keeps them for the
    /// next worker, a journal for the next start.</summary>
    public long LeftAtStop { get; init; }

    /// <summary>What this process's flusher thinks of the store; closed where it does not flush.</summary>
    public CircuitState Circuit { get; init; }

    /// <summary>What the near cache of this process holds now.</summary>
    public NearCounts Near { get; init; } = new(0, 0);

    /// <summary>What the memory tier of this process holds now.</summary>
    public MemoryCounts Memory { get; init; } = new(0, 0, 0);

    /// <summary>Whether the tier could not be asked what is dirty.</summary>
    internal bool IsTierAway { get; init; }

    /// <summary>When it was asked the last time, if it could not be now; null where it never was.</summary>
    internal DateTimeOffset? DirtyAsOf { get; init; }
}

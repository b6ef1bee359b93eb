using Remanso.Tiers;

namespace Remanso.Telemetry;

/// <summary>What the meter asks a cache for when somebody collects.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Counters">What it counts.</param>
/// <param name="Dirty">What is not in the store, as of the last look.</param>
/// <param name="Near">What its near cache holds.</param>
/// <param name="Memory">What its memory tier holds.</param>
/// <param name="Down">How many partitions of its tier can't be reached.</param>
/// <param name="StartedAt">When it started, since 1970; zero before.</param>
/// <param name="IsQuiet">Whether it is one of its quiet hours.</param>
/// <param name="Vanished">How many dirty entries its tier lost.</param>
internal sealed record MeteredCache(
    string Name,
    CacheCounters Counters,
    Func<DirtySummary> Dirty,
    Func<NearCounts> Near,
    Func<MemoryCounts> Memory,
    Func<int> Down,
    Func<TimeSpan> StartedAt,
    Func<bool> IsQuiet,
    Func<long> Vanished
);

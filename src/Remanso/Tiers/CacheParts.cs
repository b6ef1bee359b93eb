using Microsoft.Extensions.Logging;
using Remanso.Entries;
using Remanso.Telemetry;

namespace Remanso.Tiers;

/// <summary>What nearly every part of one cache needs: the tier it works on, its options, its clock, and where it
/// counts and logs.</summary>
internal sealed record CacheParts
{
    public required ICacheTier Tier { get; init; }

    /// <summary>The same, without asking whether the cache has been started.</summary>
    public required ICacheTier AtOnce { get; init; }

    public required TierOutages Outages { get; init; }

    public required CacheOptions Options { get; init; }

    /// <summary>Where tags come from.</summary>
    public required Tagging Tagging { get; init; }

    public required TimeProvider Time { get; init; }

    public required CacheCounters Counters { get; init; }

    public RemansoMeter? Meter { get; init; }

    public required ILogger Logger { get; init; }
}

using Remanso.Common;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>What those who hear of a cache are told of its flushes.</summary>
internal static class FlushEvents
{
    /// <summary>The store took entries of a batch, and the tier knows.</summary>
    public static void Flushed(this CacheEvents events, IReadOnlyList<Settlement> settlements, TimeSpan duration)
    {
        if (
            events.Wants(CacheEventKinds.Flushed)
            && settlements.Count(static one => one.Kind != SettlementKind.DeadLettered) is > 0 and var stored
        )
        {
            events.Raise(events.Of(CacheEventKinds.Flushed) with { Count = stored, Duration = duration });
        }
    }

    /// <summary>Entries of a batch are tried again.</summary>
    public static void FlushFailed(this CacheEvents events, int count, Exception exception)
    {
        if (events.Wants(CacheEventKinds.FlushFailed))
        {
            events.Raise(events.Of(CacheEventKinds.FlushFailed) with { Count = count, Error = ErrorText.Of(exception.Message) });
        }
    }

    /// <summary>The store has a higher version.</summary>
    public static void Superseded(this CacheEvents events, string key, long storeVersion)
    {
        if (events.Wants(CacheEventKinds.Superseded))
        {
            events.Raise(events.Of(CacheEventKinds.Superseded) with { Key = key, Version = storeVersion });
        }
    }

    /// <summary>The store refused an entry for good.</summary>
    public static void DeadLettered(this CacheEvents events, Settlement settlement)
    {
        if (events.Wants(CacheEventKinds.DeadLettered))
        {
            var (key, entry) = (settlement.Taken.Key, settlement.Taken.Entry);
            events.Raise(events.Of(CacheEventKinds.DeadLettered) with { Key = key, Version = entry.Version, Error = settlement.Error });
        }
    }
}

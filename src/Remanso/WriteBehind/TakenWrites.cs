using Remanso.Entries;
using Remanso.Stores;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>What was taken, as the store is to write it.</summary>
internal static class TakenWrites
{
    /// <summary>The writes of a part of a batch, in its order.</summary>
    /// <param name="part">What was taken.</param>
    /// <param name="hasTime">Whether the flush is in time.</param>
    public static StoreWrite<string, ReadOnlyMemory<byte>>[] Of(IReadOnlyList<TakenEntry> part, bool hasTime)
    {
        var writes = new StoreWrite<string, ReadOnlyMemory<byte>>[part.Count];
        for (var i = 0; i < writes.Length; i++)
        {
            writes[i] = Write(part[i], part[i].Entry, Earlier(part[i])) with { HasTime = hasTime };
        }

        return writes;
    }

    private static StoreWrite<string, ReadOnlyMemory<byte>>[] Earlier(TakenEntry taken)
    {
        if (taken.Earlier.Count == 0)
        {
            return [];
        }

        var writes = new StoreWrite<string, ReadOnlyMemory<byte>>[taken.Earlier.Count];
        for (var i = 0; i < writes.Length; i++)
        {
            writes[i] = Write(taken, taken.Earlier[i], earlier: []);
        }

        return writes;
    }

    private static StoreWrite<string, ReadOnlyMemory<byte>> Write(
        TakenEntry taken,
        CacheEntry entry,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> earlier
    ) =>
        new()
        {
            Key = taken.Key,
            Earlier = earlier,
            Value = entry.Value,
            ContentType = entry.ContentType,
            Version = entry.Version,
            Deleted = entry.IsTombstone,
            ExpiresAt = entry.ExpiresAt,
            FencingToken = taken.Lease.FencingToken,
        };
}

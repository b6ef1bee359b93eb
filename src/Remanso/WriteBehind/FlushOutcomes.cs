using Microsoft.Extensions.Logging;
using Remanso.Common;
using Remanso.Entries;
using Remanso.ReadThrough;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>Turns what became of an entry in the store into what the tier is to do; counts it, and tells of it.</summary>
internal sealed class FlushOutcomes(CacheParts parts)
{
    private readonly string _cache = parts.Tier.Cache;
    private readonly TtlOptions _ttl = parts.Options.Ttl;
    private readonly Tagging _tagging = parts.Tagging;
    private readonly CacheCounters _counters = parts.Counters;
    private readonly ILogger _logger = parts.Logger;

    /// <summary>The store has the entry's version.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="isNew">Whether this save brought it there.</param>
    public Settlement Stored(TakenEntry entry, bool isNew)
    {
        (isNew ? _counters.Stored : _counters.AlreadyStored).Add(entry.Versions);
        return Clean(entry, SettlementKind.Stored, row: null);
    }

    /// <summary>The store has a higher version.</summary>
    /// <param name="entry">What lost.</param>
    /// <param name="storeVersion">The version that it lost to.</param>
    /// <param name="found">The row. It may have been purged since: its version still beats the entry's.</param>
    /// <param name="isAsked">Whether the row was asked for; one that was not is loaded by the next read.</param>
    public Settlement Superseded(TakenEntry entry, long storeVersion, in StoreRow<string, ReadOnlyMemory<byte>>? found, bool isAsked)
    {
        _counters.Superseded.Add();
        _counters.Events.Superseded(entry.Key, storeVersion);
        _logger.Superseded(_cache, entry.Key, entry.Entry.Version, storeVersion);
        var isServable = isAsked;
        var row =
            !isAsked ? new CacheEntry { Version = storeVersion }
            : found is { } there
                ? new CacheEntry
                {
                    Value = there.Value,
                    ContentType = there.ContentType,
                    Tags = TagsOf(there, out isServable),
                    Version = there.Version,
                    State = there.Deleted ? EntryState.Tombstone : EntryState.None,
                    ExpiresAt = there.ExpiresAt == 0 ? CacheEntry.Never : there.ExpiresAt,
                }
            : new CacheEntry { Version = storeVersion, State = EntryState.Tombstone };
        return isServable
            ? Clean(entry, SettlementKind.Superseded, row)
            : new Settlement
            {
                Taken = entry,
                Kind = SettlementKind.Superseded,
                StoreRow = row,
            };
    }

    /// <summary>The store refuses the entry for good.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="error">What the store said, shortened.</param>
    /// <param name="cause">What it threw.</param>
    public Settlement DeadLettered(TakenEntry entry, string error, Exception cause)
    {
        _logger.DeadLettered(_cache, entry.Key, entry.Entry.Version, error, StoreErrors.Unforeseen(cause));
        return new Settlement
        {
            Taken = entry,
            Kind = SettlementKind.DeadLettered,
            Error = error,
        };
    }

    /// <summary>The tags of another writer's row. A row whose tags can't be told (undecodable, or refused by the
    /// cache's own function) must not stop the flush, nor be served without its tags: it is adopted with no TTL, and
    /// the next read has the error.</summary>
    private IReadOnlyList<string>? TagsOf(in StoreRow<string, ReadOnlyMemory<byte>> row, out bool isServable)
    {
        try
        {
            isServable = true;
            return _tagging.Of(row.Key, row.Value, row.Deleted);
        }
        catch (Exception exception)
        {
            _logger.TagsUnknown(_cache, row.Key, exception.Message, StoreErrors.Unforeseen(exception));
            isServable = false;
            return null;
        }
    }

    private Settlement Clean(TakenEntry entry, SettlementKind kind, CacheEntry? row)
    {
        var tombstone = (row ?? entry.Entry).IsTombstone;
        return new Settlement
        {
            Taken = entry,
            Kind = kind,
            StoreRow = row,
            Ttl = TtlJitter.Apply(tombstone ? _ttl.Absent : _ttl.Base, _ttl.Jitter, Chance.NextDouble()),
            Grace = tombstone ? TimeSpan.Zero : _ttl.Grace,
        };
    }
}

using Microsoft.Extensions.Logging;
using Remanso.Entries;
using Remanso.ReadThrough;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>
/// Saves a batch of taken entries and says what the tier is to settle. Refused entries are found by bisecting: the others are stored.
/// </summary>
/// <remarks>
/// One saver serves one lane: it remembers the refusals of entries that the store refused while it took nothing else. A transient error ends the batch with an exception; what was saved
/// before it is saved again next time, which the guard makes harmless.
/// </remarks>
internal sealed class BatchSaver(
    string cache, IBackingStore<string, ReadOnlyMemory<byte>> store, CacheOptions options, Tagging tagging, CacheCounters counters, ILogger logger)
{
    private const int RefusalLimit = 3;

    private readonly Dictionary<string, (long Version, int Times)> _refusals = new(StringComparer.Ordinal);

    /// <summary>Saves a batch.</summary>
    /// <param name="batch">Distinct keys, sorted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The settlements, and the entries that the store refused but that are not dead letters yet.</returns>
    public async ValueTask<(List<Settlement> Settlements, List<(TakenEntry Entry, string Error)> Refused)> SaveAsync(
        IReadOnlyList<TakenEntry> batch, CancellationToken cancellationToken)
    {
        var settlements = new List<Settlement>(batch.Count);
        var refused = new List<(TakenEntry Entry, string Error)>();
        await SavePartAsync(batch, settlements, refused, cancellationToken).ConfigureAwait(false);
        var tookAnother = settlements.Count > 0;
        if (tookAnother)
        {
            _refusals.Clear();
        }

        for (var i = refused.Count - 1; i >= 0; i--)
        {
            var (entry, error) = refused[i];
            if (FlushPlanner.IsDeadLetter(tookAnother, batch.Count == 1, Refusals(entry), RefusalLimit))
            {
                refused.RemoveAt(i);
                _refusals.Remove(entry.Key);
                settlements.Add(new Settlement { Taken = entry, Kind = SettlementKind.DeadLettered, Error = error });
                logger.DeadLettered(cache, entry.Key, entry.Entry.Version, error);
            }
        }

        return (settlements, refused);
    }

    private int Refusals(TakenEntry entry)
    {
        // Where versions are kept, it is the oldest that all others wait for.
        var version = entry.Earlier.Count > 0 ? entry.Earlier[0].Version : entry.Entry.Version;
        var times = _refusals.TryGetValue(entry.Key, out var seen) && seen.Version == version ? seen.Times + 1 : 1;
        _refusals[entry.Key] = (version, times);
        return times;
    }

    private async ValueTask SavePartAsync(
        IReadOnlyList<TakenEntry> part, List<Settlement> settlements, List<(TakenEntry Entry, string Error)> refused, CancellationToken cancellationToken)
    {
        IReadOnlyList<SaveOutcome> outcomes;
        try
        {
            counters.Batches.Add();
            outcomes = await store.SaveAsync(Writes(part), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!StoreErrors.IsTransient(exception))
        {
            if (!FlushPlanner.ShouldBisect(part.Count, transient: false))
            {
                refused.Add((part[0], exception.Message));
                return;
            }

            var half = part.Count / 2;
            await SavePartAsync([.. part.Take(half)], settlements, refused, cancellationToken).ConfigureAwait(false);
            await SavePartAsync([.. part.Skip(half)], settlements, refused, cancellationToken).ConfigureAwait(false);
            return;
        }

        await SettleAsync(part, outcomes, settlements, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask SettleAsync(
        IReadOnlyList<TakenEntry> part, IReadOnlyList<SaveOutcome> outcomes, List<Settlement> settlements, CancellationToken cancellationToken)
    {
        List<(TakenEntry Entry, long StoreVersion)>? superseded = null;
        for (var i = 0; i < part.Count; i++)
        {
            switch (outcomes[i].Kind)
            {
                // What is behind the versions that were taken may have been stored before: by a worker that could not settle it.
                case SaveOutcomeKind.Superseded when !part[i].HasLater:
                    (superseded ??= []).Add((part[i], outcomes[i].StoreVersion));
                    continue;
                case SaveOutcomeKind.Applied:
                    counters.Stored.Add(part[i].Versions);
                    break;
                default:
                    counters.AlreadyStored.Add(part[i].Versions);
                    break;
            }

            settlements.Add(Settle(part[i], SettlementKind.Stored, row: null));
        }

        if (superseded is not null)
        {
            await AdoptAsync(superseded, settlements, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask AdoptAsync(
        List<(TakenEntry Entry, long StoreVersion)> superseded, List<Settlement> settlements, CancellationToken cancellationToken)
    {
        var rows = await store.LoadAsync([.. superseded.Select(static lost => lost.Entry.Key)], cancellationToken).ConfigureAwait(false);
        var byKey = rows.ToDictionary(static row => row.Key, StringComparer.Ordinal);
        foreach (var (entry, storeVersion) in superseded)
        {
            counters.Superseded.Add();
            logger.Superseded(cache, entry.Key, entry.Entry.Version, storeVersion);
            // The row may have been purged since: its version still beats the entry's.
            var isServable = true;
            var row = byKey.TryGetValue(entry.Key, out var found)
                ? new CacheEntry
                {
                    Value = found.Value,
                    ContentType = found.ContentType,
                    Tags = TagsOf(found, out isServable),
                    Version = found.Version,
                    State = found.Deleted ? EntryState.Tombstone : EntryState.None,
                    ExpiresAt = found.ExpiresAt == 0 ? CacheEntry.Never : found.ExpiresAt,
                }
                : new CacheEntry { Version = storeVersion, State = EntryState.Tombstone };
            var settlement = Settle(entry, SettlementKind.Superseded, row);
            settlements.Add(isServable ? settlement : new Settlement { Taken = entry, Kind = SettlementKind.Superseded, StoreRow = row });
        }
    }

    /// <summary>
    /// The tags of another writer's row. A row whose tags can't be told (undecodable, or refused by the cache's own function) must not stop the flush, nor be served without its
    /// tags: it is adopted with no TTL, and the next read has the error.
    /// </summary>
    private IReadOnlyList<string>? TagsOf(in StoreRow<string, ReadOnlyMemory<byte>> row, out bool isServable)
    {
        try
        {
            isServable = true;
            return tagging.Of(row.Key, row.Value, row.Deleted);
        }
        catch (Exception exception)
        {
            logger.TagsUnknown(cache, row.Key, exception.Message);
            isServable = false;
            return null;
        }
    }

    private Settlement Settle(TakenEntry entry, SettlementKind kind, CacheEntry? row)
    {
        var tombstone = (row ?? entry.Entry).IsTombstone;
        return new Settlement
        {
            Taken = entry,
            Kind = kind,
            StoreRow = row,
            Ttl = TtlJitter.Apply(tombstone ? options.Ttl.Absent : options.Ttl.Base, options.Ttl.Jitter, Random.Shared.NextDouble()),
            Grace = tombstone ? TimeSpan.Zero : options.Ttl.Grace,
        };
    }

    private static StoreWrite<string, ReadOnlyMemory<byte>>[] Writes(IReadOnlyList<TakenEntry> part)
    {
        var writes = new StoreWrite<string, ReadOnlyMemory<byte>>[part.Count];
        for (var i = 0; i < writes.Length; i++)
        {
            writes[i] = Write(part[i], part[i].Entry, Earlier(part[i]));
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

    private static StoreWrite<string, ReadOnlyMemory<byte>> Write(TakenEntry taken, CacheEntry entry, IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> earlier) =>
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

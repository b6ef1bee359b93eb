using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>Misses: the fill lease, the fill, and the wait for another's fill.</summary>
internal sealed class FillStep(MemoryState state, TimeProvider time)
{
    /// <summary>Reads a key where that was no plain hit, and takes its lease if it still isn't one.</summary>
    internal TierRead Read(string key, long holder)
    {
        if (holder == 0)
        {
            return CleanEntry.ReadAt(state.Table.Find(key)?.Entry, state.Clock.Now, state.Tags);
        }

        var partition = state.PartitionOf(key);
        lock (partition.Gate)
        {
            var now = state.Clock.Now;
            var read = CleanEntry.ReadAt(state.Table.Find(key)?.Entry, now, state.Tags);
            return read.Outcome == TierReadOutcome.Hit ? read : read with { Lease = Take(partition, key, holder, now) };
        }
    }

    /// <summary>Takes the lease of a key that need not have been missed; a dirty one's is given to nobody.</summary>
    internal long TryLease(string key, long holder)
    {
        var partition = state.PartitionOf(key);
        lock (partition.Gate)
        {
            // A load could read the row before the flush, and its fill come after both the flush and an eviction.
            if (state.Table.Find(key) is { Entry.IsDirty: true })
            {
                return 0;
            }

            return Take(partition, key, holder, state.Clock.Now);
        }
    }

    /// <summary>Gives a lease back.</summary>
    /// <returns>Whether nothing came since it was given that would have voided a fill.</returns>
    internal bool Release(string key, long token)
    {
        var partition = state.PartitionOf(key);
        lock (partition.Gate)
        {
            // The tags of what is not filled are not known: it may bear any.
            return partition.Leases.End(key, token, state.Clock.Now, out var since) && since == state.Tags.Newest;
        }
    }

    /// <summary>Fills one key.</summary>
    internal FillResult Fill(FillRequest fill)
    {
        var result = Fill(fill, out var isOlder);
        if (isOlder)
        {
            state.Observers.FlushWanted(isUrgent: true);
        }

        return result;
    }

    /// <param name="fill">What was loaded.</param>
    /// <param name="isOlder">Whether the row was found to be newer than a dirty entry that has returned. The flush will
    /// find it so, too, count it and tell.</param>
    private FillResult Fill(FillRequest fill, out bool isOlder)
    {
        isOlder = false;
        var partition = state.PartitionOf(fill.Key);
        MemorySlot? slot;
        CacheEntry entry;
        bool kept;
        lock (partition.Gate)
        {
            var now = state.Clock.Now;
            slot = state.Table.Find(fill.Key);
            var current = CleanEntry.ReadAt(slot?.Entry, now, state.Tags);
            // Before the look at the removals: one that comes after it drops the entry.
            var born = state.Tags.Newest;
            if (!partition.Leases.End(fill.Key, fill.Lease, now, out var since) || state.Tags.IsTouchedSince(fill.Tags, since))
            {
                return new(false, current.Outcome == TierReadOutcome.Hit ? current.Entry : null);
            }

            if (slot is { Entry.HasReturned: true } returned && Compare(partition, returned, fill, now, out isOlder) is { } compared)
            {
                return compared;
            }

            // What is past its grace period is as good as gone, its version with it: the store is the truth.
            var version = fill.Version == FillRequest.IssueVersion ? partition.NextVersion(slot, now) : fill.Version;
            if (current.Entry is { } newer && newer.Version > version)
            {
                return new(false, newer);
            }

            // A copy that was removed during this load still says that the row is newer.
            if (
                slot is { Entry: { IsDirty: false } removed }
                && removed.Version > version
                && now < removed.StaleUntil
                && state.Tags.IsRemovedSince(removed.Tags, since)
            )
            {
                return new(false, null);
            }

            entry = Make(fill, StampedTags.Of(fill.Tags, born), version, now);
            state.Tags.Note(entry);
            kept = fill.Ttl > TimeSpan.Zero;
            if (kept)
            {
                slot = partition.Put(fill.Key, slot, entry);
            }
            else if (slot is not null)
            {
                partition.Drop(slot);
            }
        }

        if (slot is not null)
        {
            state.Bound.Apply(slot);
        }

        // Where all is dirty, the bound evicts the newcomer itself. Its reader still gets it.
        return new(kept && slot!.IsResident, entry);
    }

    /// <summary>Compares a dirty entry that has returned with its row: the higher version wins.</summary>
    /// <returns>What is served; null where the row takes the place of a dead letter.</returns>
    private FillResult? Compare(MemoryPartition partition, MemorySlot slot, FillRequest fill, long now, out bool isOlder)
    {
        isOlder = false;
        var entry = slot.Entry;
        if (entry.Version >= fill.Version)
        {
            // A loader knows no versions: what it brings proves nothing.
            var truth = entry.Returned(false);
            if (fill.Version != FillRequest.IssueVersion)
            {
                slot.Entry = truth;
            }

            return new(false, CleanEntry.ReadAt(truth, now, state.Tags).Entry);
        }

        if (entry.IsDeadLetter && !partition.KeepsVersions)
        {
            // Superseded by a newer row, as by a newer write.
            state.Ledger.TryChange(slot.Key, entry, null, mustFit: false);
            partition.DeadLetters.Remove(slot.Key);
            state.Journal?.Remove(slot.Key, entry.Version);
            return null;
        }

        // A dead letter whose versions are kept waits for people.
        isOlder = !entry.IsDeadLetter;
        return new(false, Make(fill, StampedTags.Of(fill.Tags, state.Tags.Newest), fill.Version, now));
    }

    /// <summary>Waits until the key's lease may have ended.</summary>
    internal async ValueTask WaitAsync(string key, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var partition = state.PartitionOf(key);
        Task ended;
        TimeSpan left;
        lock (partition.Gate)
        {
            var now = state.Clock.Now;
            ended = partition.Leases.WhenEnded(key, now, out var until);
            left = TierClock.Span(until - now);
        }

        await ended
            .WaitAsync(left < atMost ? left : atMost, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private long Take(MemoryPartition partition, string key, long holder, long now) =>
        partition.Leases.Take(key, holder, now, TierClock.After(now, state.FillLease), state.Tags.Newest, state.NextToken);

    private static CacheEntry Make(FillRequest fill, StampedTags? tags, long version, long now)
    {
        // Kept as a value, a row past its lifetime would be loaded again by every read.
        var expiresAt = fill.ExpiresAt == 0 ? CacheEntry.Never : fill.ExpiresAt;
        var absent = fill.Tombstone || now >= expiresAt;
        var content = new CacheEntry
        {
            Value = absent ? default : fill.Value,
            ContentType = fill.ContentType,
            Version = version,
            State = absent ? EntryState.Tombstone : EntryState.None,
            ExpiresAt = absent ? CacheEntry.Never : expiresAt,
            LoadMicros = fill.LoadMicros,
        };
        return CleanEntry.From(content, tags, now, now, fill.Ttl, fill.Grace);
    }
}

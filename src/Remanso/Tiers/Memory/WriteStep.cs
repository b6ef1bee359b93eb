using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>Writes and deletes: section 4 of the design, steps 1 to 5.</summary>
internal sealed class WriteStep(MemoryState state)
{
    private readonly FlushWishes _wishes = new(FlushWishes.OfRefusals);

    /// <summary>Writes one key.</summary>
    /// <exception cref="ValueTooLargeException">The value exceeds the limits even if nothing else were dirty.</exception>
    internal TierWriteResult Write(in TierWrite write)
    {
        var result = Write(write, out var kept);
        if (write.Urgent && kept is { IsDirty: true })
        {
            state.Observers.FlushWanted(isUrgent: true);
        }
        else if (result.Outcome == TierWriteOutcome.Full && _wishes.IsDue(state.Clock.Now))
        {
            state.Observers.FlushWanted();
        }

        return result;
    }

    /// <summary>Writes one of many.</summary>
    internal Attempt<TierWriteResult> TryWrite(in TierWrite write)
    {
        try
        {
            return new(Write(write), null);
        }
        catch (ValueTooLargeException exception)
        {
            return new(default, exception);
        }
    }

    /// <summary>Refuses what would be dirty and could never be.</summary>
    /// <exception cref="ValueTooLargeException">The value exceeds the limits even if nothing else were dirty.</exception>
    private void ThrowIfNeverFits(in TierWrite write)
    {
        if (write.CleanTtl is null)
        {
            state.Ledger.ThrowIfNeverFits(write);
        }
    }

    /// <param name="write">The write.</param>
    /// <param name="kept">What a merge left as it was: nothing is written then, and its version stands for the merge.</param>
    private TierWriteResult Write(in TierWrite write, out CacheEntry? kept)
    {
        kept = null;
        ThrowIfNeverFits(write);
        if (write.CleanTtl is null && state.Ledger.Limits.HasAge)
        {
            state.LookAtAge();
        }

        var partition = state.PartitionOf(write.Key);
        MemorySlot? slot;
        CacheEntry entry;
        bool unchangedForEviction,
            batchIsFull = false;
        long number = 0;
        lock (partition.Gate)
        {
            var now = state.Clock.Now;
            if (write.Identity is not null && state.Accepted.Find(write, now) is { } known)
            {
                return known;
            }

            slot = state.Table.Find(write.Key);
            var before = slot?.Entry;
            var look = write.LooksFirst ? CleanEntry.ReadAt(before, now, state.Tags) : default;
            if (Refuse(write, look) is { } refusal)
            {
                return refusal;
            }

            var change = write;
            if (write.Merge is not null)
            {
                var present = Present(look);
                if (Merging.Resolve(ref change, present, MostBytes(write), out number) is { } unfit)
                {
                    return new(unfit, present?.Version ?? 0, Number: unfit == TierWriteOutcome.TooLarge ? number : 0);
                }

                if (present is not null && change.Value.Span.SequenceEqual(present.Value.Span))
                {
                    kept = present;
                    if (write.Identity is not null)
                    {
                        state.Accepted.Add(write, present.Version, number, now);
                    }

                    return new(TierWriteOutcome.Accepted, present.Version, Number: number, Kept: true);
                }
            }

            entry = Make(change, before, partition.NextVersion(slot, now), now);

            if (!(partition.KeepsVersions ? TryKeep(partition, write.Key, before, entry) : TryReplace(write, before, entry)))
            {
                return new(TierWriteOutcome.Full, 0, state.Drain.TimeFor(Math.Max(state.FlushBatchSize, state.Ledger.Excess), now));
            }

            if (write.Identity is not null)
            {
                state.Accepted.Add(write, entry.Version, number, now);
            }

            unchangedForEviction =
                before is not null && before.IsDirty == entry.IsDirty && !partition.KeepsVersions && MemorySlot.WeighTheSame(before, entry);
            slot = entry.IsDirty || !entry.IsTombstone ? partition.Put(write.Key, slot, entry) : Forget(partition, slot, entry);
            partition.Leases.Void(write.Key);
            if (slot is not null && entry.IsDirty)
            {
                if (before is { IsDeadLetter: true })
                {
                    partition.DeadLetters.Remove(write.Key);
                }

                batchIsFull = partition.Enqueue(slot, now) && state.CountQueued();
                state.Journal?.Write(write.Key, entry, wasDirty: before is { IsDirty: true });
            }
        }

        if (slot is { IsResident: true })
        {
            slot.Touch();
        }

        if (slot is not null && !(unchangedForEviction && slot.IsResident))
        {
            state.Bound.Apply(slot);
        }

        if (entry.IsTombstone)
        {
            state.Observers.Removed(write.Key, entry.Version);
        }
        else
        {
            state.Observers.Changed(write.Key, entry.Version);
        }

        var isUrgent = write.Urgent && entry.IsDirty;
        if (batchIsFull || isUrgent)
        {
            state.Observers.FlushWanted(isUrgent);
        }

        return new(TierWriteOutcome.Accepted, entry.Version, Number: number);
    }

    private static CacheEntry? Present(in TierRead look) =>
        look is { Outcome: TierReadOutcome.Hit, Entry.IsTombstone: false } ? look.Entry : null;

    private static TierWriteResult? Refuse(in TierWrite write, in TierRead look)
    {
        if (!write.LooksFirst)
        {
            return null;
        }

        // What is past its TTL has to be loaded before it can be compared. Without store and loader there is nothing to
        // load: what isn't here is absent.
        if (look.Outcome != TierReadOutcome.Hit && (write.CleanTtl is null || write.HasLoader))
        {
            return new(TierWriteOutcome.NotResident, 0);
        }

        var present = Present(look);
        var version = present?.Version ?? 0;
        return write.Condition.IsMetBy(present is not null, version) ? null : new(TierWriteOutcome.ConditionFailed, version);
    }

    private long MostBytes(in TierWrite write)
    {
        var most = write.MaxBytes > 0 ? write.MaxBytes : long.MaxValue;
        return write.CleanTtl is null ? Math.Min(most, state.Ledger.MostBytes(write.Key)) : most;
    }

    // A delete of a dirty key frees memory; refusing it would leave no way down.
    private bool TryReplace(in TierWrite write, CacheEntry? before, CacheEntry after) =>
        state.Ledger.TryChange(write.Key, before, after, mustFit: !(write.Tombstone && before is { IsDirty: true }));

    /// <summary>Keeps what the write overwrites, if there is room for it beside the write: here a delete frees nothing.</summary>
    private bool TryKeep(MemoryPartition partition, string key, CacheEntry? before, CacheEntry after)
    {
        var kept = partition.KeptOf(key);
        if (before is not { IsDirty: true })
        {
            return state.Ledger.TryChange(key, before, kept, after, kept, mustFit: true);
        }

        // Its tags are the entry's, not the store's.
        var overwritten = before is { IsDeadLetter: false, IsTagged: false }
            ? before
            : before.With(before.State & ~EntryState.DeadLetter, tags: null);
        if (!state.Ledger.TryChange(key, before, kept, after, kept + KeptSum.Of(key, overwritten), mustFit: true))
        {
            return false;
        }

        partition.Keep(key, overwritten);
        return true;
    }

    /// <summary>Deletes a key of a cache without a store: nothing could bring the old value back, so nothing need say
    /// that it is gone.</summary>
    private static MemorySlot? Forget(MemoryPartition partition, MemorySlot? slot, CacheEntry tombstone)
    {
        if (slot is null)
        {
            partition.NoteDropped(tombstone.Version);
            return null;
        }

        slot.Entry = tombstone;
        partition.Drop(slot);
        return slot;
    }

    private CacheEntry Make(in TierWrite write, CacheEntry? before, long version, long now)
    {
        var tags = StampedTags.Of(write.Tags, state.Tags.Newest);
        var entry = new CacheEntry
        {
            Value = write.Tombstone ? default : write.Value,
            ContentType = write.ContentType,
            Tags = tags,
            Version = version,
            State = EntryState.Dirty | (write.Tombstone ? EntryState.Tombstone : EntryState.None),
            ExpiresAt = write.ExpiresAt == 0 ? CacheEntry.Never : write.ExpiresAt,
            CachedAt = now,
            Spans = WriteSpans.Of(write.OwnTtl, write.OwnGrace),
        };

        // A dirty entry stays dirty even where the writer knows of no store: its marker is in the queue.
        if (write.CleanTtl is not { } ttl || before is { IsDirty: true })
        {
            return entry;
        }

        var clean = CleanEntry.From(entry, tags, now, now, ttl, write.CleanGrace);
        state.Tags.Note(clean);
        return clean;
    }
}

using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>The flush's side: take, settle.</summary>
internal sealed class FlushStep(MemoryState state)
{
    // Of one key at a time; what is larger is left to the next batches.
    private const long MostKeptBytes = 16 << 20;

    private uint _turn;

    /// <summary>Takes up to <paramref name="max"/> dirty entries, each key once; where versions are kept, up to so many versions,
    /// and one of each refused key.</summary>
    internal TakenEntries Take(IReadOnlyList<PartitionLease> leases, int max, IReadOnlyDictionary<string, long> refused)
    {
        var taken = new TakenBatch(max, refused);
        if (leases.Count == 0 || max <= 0)
        {
            return TakenEntries.None;
        }

        // Every call begins at the next lease, so that partitions take turns at being first where not all get a share.
        var first = (int)(Interlocked.Increment(ref _turn) % (uint)leases.Count);
        for (var i = 0; i < leases.Count; i++)
        {
            TakeUnsettled(leases[(first + i) % leases.Count], taken);
        }

        // An equal share each, then what is left over to whoever has more.
        var share = Math.Max(1, taken.Room / leases.Count);
        for (var i = 0; i < leases.Count; i++)
        {
            TakeQueued(leases[(first + i) % leases.Count], share, taken);
        }

        for (var i = 0; i < leases.Count; i++)
        {
            TakeQueued(leases[(first + i) % leases.Count], taken.Room, taken);
        }

        return new TakenEntries(taken.Entries, taken.Room <= 0 || taken.Entries.Exists(static entry => entry.HasLater));
    }

    /// <summary>Records what the store said of one entry.</summary>
    internal SettleResult Settle(Settlement settlement)
    {
        var (lease, key, saved, _) = settlement.Taken;
        var partition = state.Partitions[lease.Partition];
        MemorySlot? slot;
        CacheEntry? settled = null;
        var isTold = false;
        lock (partition.Gate)
        {
            var now = state.Clock.Now;
            if (!partition.Owner.Holds(lease, now))
            {
                return SettleResult.LeaseLost;
            }

            slot = state.Table.Find(key);

            // A refusal that comes late is none of what was replayed and taken meanwhile: the store may take it by now.
            if (settlement.Kind == SettlementKind.DeadLettered && slot?.Taken is { } other && other != settlement.Taken.Marker)
            {
                return SettleResult.StillDirty;
            }

            // A marker that was taken again with a newer version outlives the settlement of the older one.
            if (slot?.Taken is { } marker && marker.TakenVersion == saved.Version)
            {
                EndTaken(partition, slot);
            }

            var current = slot?.Entry;
            var isUnchanged = current is { IsDirty: true } && current.Version == saved.Version && slot!.Queued is null;
            if (isUnchanged || (partition.KeepsVersions && IsRefused(settlement, current)))
            {
                // A load that was to be compared with it may have read the row from before.
                if (current!.HasReturned)
                {
                    partition.Leases.Void(key);
                }

                settled = Outcome(settlement, current, now);
                state.Tags.Note(settled);
                Account(partition, slot!, settled);
                slot!.Entry = settled;
                if (settled.IsDeadLetter)
                {
                    partition.DeadLetters.TryAdd(key, new(key, settled, settlement.Error ?? string.Empty, now));
                }
                else
                {
                    partition.DeadLetters.Remove(key);
                }

                NoteInJournal(partition, key, settled);
                isTold = !settled.IsDirty && EndCopy(partition, slot, settled, now);
            }
            else if (partition.KeepsVersions && current is { IsDirty: true } && settlement.Kind != SettlementKind.DeadLettered)
            {
                ForgetSaved(partition, slot!, saved.Version);
            }

            state.Drain.Record(settlement.Taken.Versions, now);
        }

        if (settled is not null || (partition.KeepsVersions && slot is not null))
        {
            state.Bound.Apply(slot!);
        }

        Tell(settlement, settled);
        if (isTold)
        {
            state.Observers.Changed(key, 0);
        }

        return settled is null && slot is { Entry.IsDirty: true } ? SettleResult.StillDirty : SettleResult.Settled;
    }

    /// <summary>Where versions are kept, what the store refuses stays in front of what was written since: the key waits
    /// as a whole.</summary>
    private static bool IsRefused(Settlement settlement, CacheEntry? current) =>
        settlement.Kind == SettlementKind.DeadLettered && current is { IsDirty: true, IsDeadLetter: false };

    /// <summary>Drops the copy that is left of what was invalidated while it was dirty, or ends its freshness where it
    /// was expired.</summary>
    /// <returns>Whether one of the two.</returns>
    private static bool EndCopy(MemoryPartition partition, MemorySlot slot, CacheEntry settled, long now)
    {
        if (slot.IsVoid || (slot.IsExpired && !CleanEntry.OutlivesExpiry(settled, now)))
        {
            partition.Drop(slot);
            return true;
        }

        if (!slot.IsExpired)
        {
            return false;
        }

        slot.IsExpired = false;
        slot.Entry = CleanEntry.StaleFrom(settled, now);
        return true;
    }

    private static void EndTaken(MemoryPartition partition, MemorySlot slot)
    {
        partition.Taken.Remove(slot.Taken!);
        slot.Taken = null;
    }

    /// <summary>Accounts for a settled entry, which has no marker from then on, and whose kept versions are stored with
    /// it unless it is a dead letter.</summary>
    private void Account(MemoryPartition partition, MemorySlot slot, CacheEntry settled)
    {
        if (!partition.KeepsVersions)
        {
            state.Ledger.TryChange(slot.Key, slot.Entry, settled, mustFit: false);
            return;
        }

        var kept = partition.KeptOf(slot.Key);
        state.Ledger.TryChange(slot.Key, slot.Entry, kept, settled, settled.IsDirty ? kept : default, mustFit: false);
        if (!settled.IsDirty)
        {
            partition.ForgetUpTo(slot.Key, long.MaxValue);
        }

        if (slot.Queued is { } queued)
        {
            Dequeue(partition, queued);
        }

        if (slot.Taken is not null)
        {
            EndTaken(partition, slot);
        }
    }

    private void ForgetSaved(MemoryPartition partition, MemorySlot slot, long version)
    {
        var kept = partition.KeptOf(slot.Key);
        partition.ForgetUpTo(slot.Key, version);
        state.Ledger.TryChange(slot.Key, slot.Entry, kept, slot.Entry, partition.KeptOf(slot.Key), mustFit: false);
        state.Journal?.Remove(slot.Key, version);
    }

    private void NoteInJournal(MemoryPartition partition, string key, CacheEntry settled)
    {
        if (settled.IsDeadLetter)
        {
            state.Journal?.Write(partition.DeadLetters[key], settled);
        }
        else
        {
            state.Journal?.Remove(key, settled.Version);
        }
    }

    private static CacheEntry Outcome(Settlement settlement, CacheEntry current, long now) =>
        settlement.Kind switch
        {
            SettlementKind.DeadLettered => current.With(current.State | EntryState.DeadLetter),
            SettlementKind.Superseded when settlement.StoreRow is { } row => CleanEntry.From(
                row,
                StampedTags.Of(row.Tags, (settlement.Taken.Marker as Marker)?.TakenStamp ?? 0),
                now,
                now,
                settlement.Ttl,
                settlement.Grace,
                isAdopted: true
            ),
            _ => CleanEntry.From(
                current,
                (StampedTags?)current.Tags,
                current.CachedAt,
                now,
                current.Spans.Ttl ?? settlement.Ttl,
                current.Spans.Grace ?? settlement.Grace
            ),
        };

    private void TakeUnsettled(PartitionLease lease, TakenBatch taken)
    {
        var partition = state.Partitions[lease.Partition];
        lock (partition.Gate)
        {
            if (!partition.Owner.Holds(lease, state.Clock.Now))
            {
                return;
            }

            for (var marker = partition.Taken.First; marker is not null && taken.Room > 0; marker = marker.Next)
            {
                // The current value goes along, so a marker queued for it has nothing left to say.
                if (marker.Slot.Queued is { } queued)
                {
                    Dequeue(partition, queued);
                }

                Add(lease, marker, taken);
            }
        }
    }

    private void TakeQueued(PartitionLease lease, int max, TakenBatch taken)
    {
        if (taken.Room <= 0)
        {
            return;
        }

        var partition = state.Partitions[lease.Partition];
        lock (partition.Gate)
        {
            if (!partition.Owner.Holds(lease, state.Clock.Now))
            {
                return;
            }

            var least = Math.Max(0, taken.Room - max);
            var marker = partition.Queued.First;
            while (marker is not null && taken.Room > least)
            {
                var next = marker.Next;

                // An unsettled key is in this batch already, and was written since: it waits for the next batch.
                if (marker.Slot.Taken is null)
                {
                    Dequeue(partition, marker);
                    marker.Slot.Taken = marker;
                    partition.Taken.Insert(marker);
                    // All the room there is: of a part of a key's versions the rest has to wait for the next batch.
                    Add(lease, marker, taken);
                }

                marker = next;
            }
        }
    }

    private void Dequeue(MemoryPartition partition, Marker marker)
    {
        partition.Queued.Remove(marker);
        marker.Slot.Queued = null;
        state.CountTaken();
    }

    private void Add(PartitionLease lease, Marker marker, TakenBatch taken)
    {
        var slot = marker.Slot;
        var entry = slot.Entry;
        marker.TakenStamp = state.Tags.Newest;
        if (slot.Partition.FindKept(slot.Key) is not { } kept)
        {
            marker.TakenVersion = entry.Version;
            taken.Add(new TakenEntry(lease, slot.Key, entry, marker));
            return;
        }

        var (versions, next) = kept.Oldest(entry, taken.RoomOf(slot.Key), MostKeptBytes);
        marker.TakenVersion = versions[^1].Version;
        taken.Add(new TakenEntry(lease, slot.Key, versions[^1], marker) { Earlier = versions[..^1], HasLater = next is not null });
        // What does not fit is not forgotten for that: it queues again, as old as it is.
        if (next is not null && slot.Partition.Requeue(slot, next.CachedAt))
        {
            state.CountQueued();
        }
    }

    private void Tell(Settlement settlement, CacheEntry? settled)
    {
        var (_, key, saved, _) = settlement.Taken;
        switch (settlement.Kind)
        {
            case SettlementKind.DeadLettered:
                // Written since, it is no dead letter: nobody has to look at a value that was replaced.
                if (settled is not null)
                {
                    state.Observers.DeadLettered(key, settled.Version, settlement.Error ?? string.Empty);
                }

                break;
            case SettlementKind.Superseded:
                // The value changed under the near caches, as by a write.
                if (settled is { IsTombstone: true })
                {
                    state.Observers.Removed(key, settled.Version);
                }
                else if (settled is not null)
                {
                    state.Observers.Changed(key, settled.Version);
                }

                if (settlement.StoreRow is { } winner)
                {
                    state.Observers.Superseded(key, saved.Version, winner.Version);
                }
                else
                {
                    state.Observers.Stored(key, saved.Version);
                }

                break;
            default:
                state.Observers.Stored(key, saved.Version);
                break;
        }

        // Removed or expired while it was dirty: from now on that counts.
        if (settled is { IsDirty: false } && !state.Tags.IsUntouched(settled))
        {
            state.Observers.Changed(key, 0);
        }
    }
}

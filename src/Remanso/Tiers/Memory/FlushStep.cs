using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>The flush's side: take, settle.</summary>
internal sealed class FlushStep(MemoryState state)
{
    private uint _turn;

    /// <summary>Takes up to <paramref name="max"/> dirty entries, each key once.</summary>
    internal List<TakenEntry> Take(IReadOnlyList<PartitionLease> leases, int max)
    {
        var taken = new List<TakenEntry>(Math.Min(max, 64));
        if (leases.Count == 0 || max <= 0) return taken;

        // Every call begins at the next lease, so that partitions take turns at being first where not all get a share.
        var first = (int)(Interlocked.Increment(ref _turn) % (uint)leases.Count);
        for (var i = 0; i < leases.Count; i++) TakeUnsettled(leases[(first + i) % leases.Count], max, taken);

        // An equal share each, then what is left over to whoever has more.
        var share = Math.Max(1, (max - taken.Count) / leases.Count);
        for (var i = 0; i < leases.Count; i++)
        {
            TakeQueued(leases[(first + i) % leases.Count], Math.Min(max, taken.Count + share), taken);
        }

        for (var i = 0; i < leases.Count; i++) TakeQueued(leases[(first + i) % leases.Count], max, taken);
        return taken;
    }

    /// <summary>Records what the store said of one entry.</summary>
    internal SettleResult Settle(Settlement settlement)
    {
        var (lease, key, saved, _) = settlement.Taken;
        var partition = state.Partitions[lease.Partition];
        MemorySlot? slot;
        CacheEntry? settled = null;
        lock (partition.Gate)
        {
            var now = state.Clock.Now;
            if (!partition.Owner.Holds(lease, now)) return SettleResult.LeaseLost;

            slot = state.Table.Find(key);

            // A marker that was taken again with a newer version outlives the settlement of the older one.
            if (slot?.Taken is { } marker && marker.TakenVersion == saved.Version)
            {
                partition.Taken.Remove(marker);
                slot.Taken = null;
            }

            var current = slot?.Entry;
            var isUnchanged = current is { IsDirty: true } && current.Version == saved.Version && slot!.Queued is null;
            if (isUnchanged)
            {
                settled = Outcome(settlement, current!, now);
                state.Tags.Note(settled);
                state.Ledger.TryChange(key, current, settled, mustFit: false);
                slot!.Entry = settled;
                if (settled.IsDeadLetter) partition.DeadLetters.TryAdd(key, new(key, settled, settlement.Error ?? string.Empty, now));
                else partition.DeadLetters.Remove(key);
                NoteInJournal(partition, key, settled);
            }

            state.Drain.Record(1, now);
        }

        if (settled is not null) state.Bound.Apply(slot!);
        Tell(settlement, settled);
        return settled is null && slot is { Entry.IsDirty: true } ? SettleResult.StillDirty : SettleResult.Settled;
    }

    private void NoteInJournal(MemoryPartition partition, string key, CacheEntry settled)
    {
        if (settled.IsDeadLetter) state.Journal?.Write(partition.DeadLetters[key]);
        else state.Journal?.Remove(key, settled.Version);
    }

    private static CacheEntry Outcome(Settlement settlement, CacheEntry current, long now) => settlement.Kind switch
    {
        SettlementKind.DeadLettered => current.With(current.State | EntryState.DeadLetter),
        SettlementKind.Superseded when settlement.StoreRow is { } row => CleanEntry.From(
            row, StampedTags.Of(row.Tags, (settlement.Taken.Marker as Marker)?.TakenStamp ?? 0), now, now, settlement.Ttl, settlement.Grace),
        _ => CleanEntry.From(current, (StampedTags?)current.Tags, current.CachedAt, now, settlement.Ttl, settlement.Grace),
    };

    private void TakeUnsettled(PartitionLease lease, int max, List<TakenEntry> taken)
    {
        var partition = state.Partitions[lease.Partition];
        lock (partition.Gate)
        {
            if (!partition.Owner.Holds(lease, state.Clock.Now)) return;

            for (var marker = partition.Taken.First; marker is not null && taken.Count < max; marker = marker.Next)
            {
                // The current value goes along, so a marker queued for it has nothing left to say.
                if (marker.Slot.Queued is { } queued) Dequeue(partition, queued);
                Add(lease, marker, taken);
            }
        }
    }

    private void TakeQueued(PartitionLease lease, int max, List<TakenEntry> taken)
    {
        if (taken.Count >= max) return;

        var partition = state.Partitions[lease.Partition];
        lock (partition.Gate)
        {
            if (!partition.Owner.Holds(lease, state.Clock.Now)) return;

            for (var marker = partition.Queued.First; marker is not null && taken.Count < max;)
            {
                var next = marker.Next;

                // An unsettled key is in this batch already, and was written since: it waits for the next batch.
                if (marker.Slot.Taken is null)
                {
                    Dequeue(partition, marker);
                    marker.Slot.Taken = marker;
                    partition.Taken.Append(marker);
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

    private void Add(PartitionLease lease, Marker marker, List<TakenEntry> taken)
    {
        var entry = marker.Slot.Entry;
        marker.TakenVersion = entry.Version;
        marker.TakenStamp = state.Tags.Newest;
        taken.Add(new TakenEntry(lease, marker.Slot.Key, entry, marker));
    }

    private void Tell(Settlement settlement, CacheEntry? settled)
    {
        var (_, key, saved, _) = settlement.Taken;
        switch (settlement.Kind)
        {
            case SettlementKind.DeadLettered:
                // Written since, it is no dead letter: nobody has to look at a value that was replaced.
                if (settled is not null) state.Observers.DeadLettered(key, saved.Version, settlement.Error ?? string.Empty);
                break;
            case SettlementKind.Superseded:
                // The value changed under the near caches, as by a write.
                if (settled is not null) state.Observers.Changed(key, settled.Version);
                state.Observers.Stored(key, settlement.StoreRow?.Version ?? saved.Version);
                break;
            default:
                state.Observers.Stored(key, saved.Version);
                break;
        }

        // Removed while it was dirty: from now on that counts.
        if (settled is { IsDirty: false } && state.Tags.IsRemoved(settled)) state.Observers.Changed(key, 0);
    }
}

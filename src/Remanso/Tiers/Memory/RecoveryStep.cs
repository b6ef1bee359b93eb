using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>Puts what a journal held back into the tier, before anybody reads or writes.</summary>
internal sealed class RecoveryStep(MemoryState state)
{
    /// <summary>Makes the recovered entries dirty again, the oldest first, and lets no version be issued below those that were.</summary>
    internal void Restore(IReadOnlyList<JournalRecord> records, long highestVersion)
    {
        foreach (var partition in state.Partitions)
        {
            lock (partition.Gate) partition.RaiseVersions(highestVersion + 1);
        }

        var batchIsFull = false;
        foreach (var record in records.OrderBy(static record => record.Entry!.CachedAt))
        {
            batchIsFull |= Restore(record);
        }

        if (batchIsFull) state.Observers.FlushWanted();
    }

    private bool Restore(JournalRecord record)
    {
        var (key, entry) = (record.Key, record.Entry!);
        if (entry.IsTagged) entry = entry.With(entry.State, StampedTags.Of(entry.Tags, state.Tags.Newest));

        var partition = state.PartitionOf(key);
        MemorySlot slot;
        var batchIsFull = false;
        lock (partition.Gate)
        {
            var found = state.Table.Find(key);
            if (found is not null && found.Entry.Version >= entry.Version) return false;

            state.Ledger.TryChange(key, found?.Entry, entry, mustFit: false);
            slot = partition.Put(key, found, entry);
            if (entry.IsDeadLetter)
            {
                partition.DeadLetters[key] = new DeadLetter(key, entry, record.Error ?? string.Empty, record.FailedAt);
            }
            else
            {
                batchIsFull = partition.Enqueue(slot, entry.CachedAt) && state.CountQueued();
            }
        }

        state.Bound.Apply(slot);
        return batchIsFull;
    }
}

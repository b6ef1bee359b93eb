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
            lock (partition.Gate)
            {
                partition.RaiseVersions(highestVersion + 1);
            }
        }

        var batchIsFull = false;
        foreach (var versions in Gather(records).OrderBy(static versions => versions[0].Entry!.CachedAt))
        {
            batchIsFull |= Restore(versions);
        }

        if (batchIsFull)
        {
            state.Observers.FlushWanted();
        }
    }

    /// <summary>The records of each key, oldest first. A key has more than one where its versions were kept.</summary>
    private static IEnumerable<JournalRecord[]> Gather(IReadOnlyList<JournalRecord> records) =>
        records.Any(static record => record.IsOneOfMany)
            ? records
                .GroupBy(static record => record.Key, StringComparer.Ordinal)
                .Select(static versions =>
                    versions.DistinctBy(static record => record.Version).OrderBy(static record => record.Version).ToArray()
                )
            : records.Select(static record => new[] { record });

    private bool Restore(JournalRecord[] versions)
    {
        var (key, entry) = (versions[^1].Key, versions[^1].Entry!);
        if (entry.IsTagged)
        {
            entry = entry.With(entry.State, StampedTags.Of(entry.Tags, state.Tags.Newest));
        }
        // The journal may have missed what came later, or be a copy from before: its row may be newer.
        entry = entry.Returned(true);

        var partition = state.PartitionOf(key);
        MemorySlot slot;
        var batchIsFull = false;
        lock (partition.Gate)
        {
            var found = state.Table.Find(key);
            if (found is not null && found.Entry.Version >= entry.Version)
            {
                return false;
            }

            if (partition.KeepsVersions)
            {
                // Each was a dirty entry once, perhaps with tags, perhaps a dead letter.
                foreach (var earlier in versions[..^1])
                {
                    partition.Keep(key, earlier.Entry!.With(earlier.Entry!.State & ~EntryState.DeadLetter, tags: null));
                }
            }

            state.Ledger.TryChange(key, found?.Entry, default, entry, partition.KeptOf(key), mustFit: false);
            slot = partition.Put(key, found, entry);
            if (entry.IsDeadLetter)
            {
                partition.DeadLetters[key] = new DeadLetter(key, entry, versions[^1].Error ?? string.Empty, versions[^1].FailedAt);
            }
            else
            {
                batchIsFull = partition.Enqueue(slot, versions[0].Entry!.CachedAt) && state.CountQueued();
            }
        }

        state.Bound.Apply(slot);
        return batchIsFull;
    }
}

using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>What people do with dead letters: list, replay, drop.</summary>
internal sealed class DeadLetterStep(MemoryState state)
{
    /// <summary>The oldest dead letters.</summary>
    internal DeadLetter[] List(int max)
    {
        var letters = new List<DeadLetter>();
        foreach (var partition in state.Partitions)
        {
            lock (partition.Gate)
            {
                letters.AddRange(partition.DeadLetters.Values);
            }
        }

        return [.. letters.OrderBy(letter => letter.AtMicros).ThenBy(letter => letter.Version).Take(max)];
    }

    /// <summary>Queues a dead letter again.</summary>
    /// <returns>Whether the key was one.</returns>
    internal bool Replay(string key)
    {
        var partition = state.PartitionOf(key);
        bool batchIsFull;
        lock (partition.Gate)
        {
            if (state.Table.Find(key) is not { Entry.IsDeadLetter: true } slot)
            {
                return false;
            }

            var dirty = slot.Entry.With(slot.Entry.State & ~EntryState.DeadLetter);
            state.Ledger.TryChange(key, slot.Entry, partition.KeptOf(key), dirty, partition.KeptOf(key), mustFit: false);
            slot.Entry = dirty;
            partition.DeadLetters.Remove(key);
            state.Journal?.Write(key, dirty, wasDirty: true);
            batchIsFull = partition.Enqueue(slot, state.Clock.Now) && state.CountQueued();
        }

        if (batchIsFull)
        {
            state.Observers.FlushWanted();
        }

        return true;
    }

    /// <summary>Gives up the value of a dead letter.</summary>
    /// <returns>Whether the key was one.</returns>
    internal bool Drop(string key)
    {
        var partition = state.PartitionOf(key);
        MemorySlot slot;
        lock (partition.Gate)
        {
            if (state.Table.Find(key) is not { Entry.IsDeadLetter: true } found)
            {
                return false;
            }

            slot = found;
            state.Ledger.TryChange(key, slot.Entry, partition.KeptOf(key), null, default, mustFit: false);
            partition.ForgetUpTo(key, slot.Entry.Version);
            partition.DeadLetters.Remove(key);
            partition.Drop(slot);
            state.Journal?.Remove(key, slot.Entry.Version);
        }

        state.Bound.Apply(slot);
        state.Observers.Changed(key, 0);
        return true;
    }
}

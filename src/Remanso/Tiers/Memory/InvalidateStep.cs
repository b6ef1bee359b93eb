using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>What makes clean entries leave other than eviction: invalidation, and age.</summary>
internal sealed class InvalidateStep(MemoryState state)
{
    // A heartbeat comes every few seconds; this many looks cost it about a millisecond.
    private const int SweepLength = 10_000;

    private readonly Lock _sweeping = new();
    private IEnumerator<MemorySlot>? _sweep;

    /// <summary>Drops the clean copy of a key, at once or with the settlement of its dirty entry, and voids its fill lease.</summary>
    internal void Invalidate(string key)
    {
        var partition = state.PartitionOf(key);
        MemorySlot? slot;
        lock (partition.Gate)
        {
            partition.Leases.Void(key);
            slot = state.Table.Find(key);
            if (slot is not null)
            {
                DropOrVoid(slot);
            }
        }

        if (slot is { IsResident: false })
        {
            state.Bound.Apply(slot);
        }

        state.Observers.Changed(key, 0);
    }

    /// <summary>Ends the freshness of the clean copy of a key, which stays for its grace period, and voids its fill
    /// lease; a copy that has none is dropped.</summary>
    internal void Expire(string key)
    {
        var partition = state.PartitionOf(key);
        MemorySlot? slot;
        lock (partition.Gate)
        {
            partition.Leases.Void(key);
            slot = state.Table.Find(key);
            if (slot is not null)
            {
                Expire(slot, state.Clock.Now);
            }
        }

        if (slot is { IsResident: false })
        {
            state.Bound.Apply(slot);
        }

        state.Observers.Changed(key, 0);
    }

    /// <summary>Drops every clean copy and voids every fill lease.</summary>
    internal void InvalidateAll() => All(static (slot, _) => DropOrVoid(slot));

    /// <summary>Ends the freshness of every clean copy and voids every fill lease.</summary>
    internal void ExpireAll() => All(Expire);

    private void All(Action<MemorySlot, long> change)
    {
        // Leases first: a load that began before this call can't fill behind the sweep.
        foreach (var partition in state.Partitions)
        {
            lock (partition.Gate)
            {
                partition.Leases.VoidAll();
            }
        }

        foreach (var slot in state.Table.All())
        {
            lock (slot.Partition.Gate)
            {
                if (slot.IsResident)
                {
                    change(slot, state.Clock.Now);
                }
            }

            if (!slot.IsResident)
            {
                state.Bound.Apply(slot);
            }
        }

        state.Observers.Cleared();
    }

    /// <summary>Drops what carries one of the tags, or ends its freshness, however many there are: they are told by
    /// their stamps from now on, and leave when they are met.</summary>
    internal void RemoveByTag(IReadOnlyList<string> tags, bool keepsStale)
    {
        var now = state.Clock.Now;
        state.Tags.Remove(tags, keepsStale, now, TierClock.After(now, state.FillLease));
        foreach (var tag in tags)
        {
            state.Observers.TagRemoved(tag);
        }
    }

    /// <summary>Looks at some entries and leases, the next ones at each call, and drops those that are past their time.</summary>
    internal void Sweep()
    {
        lock (_sweeping)
        {
            var now = state.Clock.Now;
            state.Tags.Sweep(now);
            foreach (var partition in state.Partitions)
            {
                lock (partition.Gate)
                {
                    partition.Leases.Sweep(now);
                }
            }

            _sweep ??= state.Table.All().GetEnumerator();
            for (var i = 0; i < SweepLength; i++)
            {
                if (!_sweep.MoveNext())
                {
                    _sweep.Dispose();
                    _sweep = null;
                    return;
                }

                var slot = _sweep.Current;
                if (IsOver(slot.Entry, now))
                {
                    DropIf(slot, IsOver, now);
                }
            }
        }
    }

    // What is dirty stays until it is stored, and leaves no copy then: others may have changed the row since it was saved.
    private static void DropOrVoid(MemorySlot slot)
    {
        if (slot.Entry.IsDirty)
        {
            slot.IsVoid = true;
        }
        else
        {
            slot.Partition.Drop(slot);
        }
    }

    private static void Expire(MemorySlot slot, long now)
    {
        var entry = slot.Entry;
        if (entry.IsDirty)
        {
            slot.IsExpired = true;
        }
        else if (!CleanEntry.OutlivesExpiry(entry, now))
        {
            slot.Partition.Drop(slot);
        }
        else if (entry.FreshUntil > now)
        {
            slot.Entry = CleanEntry.StaleFrom(entry, now);
        }
    }

    private bool IsOver(CacheEntry entry, long now) => now >= entry.StaleUntil || (!entry.IsDirty && state.Tags.IsRemoved(entry));

    private void DropIf(MemorySlot slot, Func<CacheEntry, long, bool> isDue, long now)
    {
        lock (slot.Partition.Gate)
        {
            if (!slot.IsResident || slot.Entry.IsDirty || !isDue(slot.Entry, now))
            {
                return;
            }

            slot.Partition.Drop(slot);
        }

        state.Bound.Apply(slot);
    }
}

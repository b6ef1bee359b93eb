using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>One partition's state, and the gate under which all of it changes.</summary>
internal sealed class MemoryPartition(int index, SlotTable table, bool keepsVersions)
{
    private readonly Dictionary<string, KeptVersions>? _kept = keepsVersions ? new(StringComparer.Ordinal) : null;
    private long _highestDropped;
    private long _lowestVersion;

    /// <summary>Makes each operation on a key of this partition one atomic step.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Its fill leases.</summary>
    internal FillLeases Leases { get; } = new();

    /// <summary>The markers that wait to be taken.</summary>
    internal MarkerList Queued { get; } = new();

    /// <summary>The markers that were taken and are not settled.</summary>
    internal MarkerList Taken { get; } = new();

    /// <summary>Who flushes it.</summary>
    internal PartitionOwner Owner { get; } = new(index);

    /// <summary>What the store said of its dead letters.</summary>
    internal Dictionary<string, DeadLetter> DeadLetters { get; } = [];

    /// <summary>Whether what is overwritten before it is stored is kept.</summary>
    internal bool KeepsVersions => _kept is not null;

    /// <summary>What is kept of a key.</summary>
    internal KeptSum KeptOf(string key) => FindKept(key)?.Sum ?? default;

    /// <summary>The kept versions of a key; null where there are none.</summary>
    internal KeptVersions? FindKept(string key) => _kept?.GetValueOrDefault(key);

    /// <summary>Keeps a version that is overwritten.</summary>
    internal void Keep(string key, CacheEntry version)
    {
        if (!_kept!.TryGetValue(key, out var versions))
        {
            _kept.Add(key, versions = new KeptVersions(key));
        }

        versions.Add(version);
    }

    /// <summary>Forgets the kept versions of a key up to one.</summary>
    internal void ForgetUpTo(string key, long version)
    {
        if (FindKept(key) is not { } versions)
        {
            return;
        }

        versions.ForgetUpTo(version);
        if (versions.Count == 0)
        {
            _kept!.Remove(key);
        }
    }

    /// <summary>
    /// The version of the next write of a key. What the partition forgot about an absent key, it had dropped: no version of it is above
    /// the highest one dropped. (Usually that lies below the clock and doesn't matter; not so after a burst of more than one write per
    /// microsecond, or where the store's versions come from a clock ahead of this one.)
    /// </summary>
    internal long NextVersion(MemorySlot? slot, long now) =>
        VersionIssuer.Next(slot?.Entry.Version ?? _highestDropped, Math.Max(now, _lowestVersion));

    /// <summary>Lets no version be issued below this one: an earlier process issued it, and the clock may have been
    /// set back since. A bound of its own, not a dropped version: every key is above it at once, also one whose entry
    /// came from the store.</summary>
    internal void RaiseVersions(long version) => _lowestVersion = Math.Max(_lowestVersion, version);

    /// <summary>Makes an entry the key's current one.</summary>
    internal MemorySlot Put(string key, MemorySlot? slot, CacheEntry entry)
    {
        if (slot is null)
        {
            table.Add(slot = new MemorySlot(key, this, entry));
        }
        else
        {
            slot.Entry = entry;
        }

        slot.IsVoid = slot.IsExpired = false;
        return slot;
    }

    /// <summary>A version that no slot tells of was issued.</summary>
    internal void NoteDropped(long version) => _highestDropped = Math.Max(_highestDropped, version);

    /// <summary>Takes a slot out of the table; it must have no marker.</summary>
    internal void Drop(MemorySlot slot)
    {
        NoteDropped(slot.Entry.Version);
        slot.IsResident = false;
        table.Remove(slot);
    }

    /// <summary>Puts a marker for a key into the queue, unless one is there.</summary>
    /// <returns>Whether it was put there.</returns>
    internal bool Enqueue(MemorySlot slot, long now)
    {
        if (slot.Queued is not null)
        {
            return false;
        }

        slot.Queued = new Marker(slot, now);
        Queued.Append(slot.Queued);
        return true;
    }

    /// <summary>Puts a marker for a key into the queue at the place that its age gives it, instead of one that is there.</summary>
    /// <returns>Whether none was there.</returns>
    internal bool Requeue(MemorySlot slot, long since)
    {
        var before = slot.Queued;
        if (before is not null)
        {
            Queued.Remove(before);
        }

        slot.Queued = new Marker(slot, since);
        Queued.Insert(slot.Queued);
        return before is null;
    }

    /// <summary>Since when the oldest unsaved write waits; null where none does.</summary>
    internal long? OldestSince()
    {
        // A key written during its flush has a marker in both lists; both lists are in order of age.
        var (queued, taken) = (Queued.First?.Since, Taken.First?.Since);
        return queued is null || taken < queued ? taken : queued;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Remanso.Near;

// Open addressing, searched without a lock. Unlike those of the memory tier's table, cells move when one is removed: a
// reader may overlook a key that stays. In a near cache that is a miss like any other, and the table needs neither
// marks nor rebuilding for keys that come and go. There is a free cell at all times, so a search ends.

/// <summary>A part of the table with a lock for those who change it, and what was heard of its keys.</summary>
internal sealed class NearStripe<TKey, TValue>
    where TKey : notnull
{
    private const int SmallestLength = 8;

    private readonly Lock _gate = new();
    private Cell[] _cells = [default];
    private int _count;
    private long _dropped;
    private long _changed;
    private long _highest;
    private long _settled;

    /// <summary>What was heard so far. Read one by one, since each only grows and is compared for itself.</summary>
    public NearMarks Marks =>
        new(Volatile.Read(ref _dropped), Volatile.Read(ref _changed), Volatile.Read(ref _highest), Volatile.Read(ref _settled));

    /// <summary>The slot of a key; its parts one by one, so that they stay in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public NearSlot<TKey, TValue>? Find(TKey key, string? code, int hash)
    {
        var cells = Volatile.Read(ref _cells);
        var i = hash & (cells.Length - 1);
        while (true)
        {
            ref var cell = ref cells[i];
            var slot = Volatile.Read(ref cell.Slot);
            if (slot is null)
            {
                return null;
            }

            if (cell.Hash == hash && (code is null ? AreEqual(slot.Key, key) : slot.Code == code))
            {
                return slot;
            }

            i = (i + 1) & (cells.Length - 1);
        }
    }

    /// <summary>Lets a copy in, unless what was heard since the marks, or the copy that is there, says no.</summary>
    /// <param name="slot">The copy.</param>
    /// <param name="key">Its key.</param>
    /// <param name="before">The marks from before it was read.</param>
    /// <param name="now">The near cache's clock.</param>
    /// <param name="replaced">The copy in whose place it came, if any.</param>
    /// <returns>Whether it is in.</returns>
    public bool TryPut(
        NearSlot<TKey, TValue> slot,
        in NearKey<TKey> key,
        in NearMarks before,
        long now,
        out NearSlot<TKey, TValue>? replaced
    )
    {
        lock (_gate)
        {
            replaced = Find(key);
            if (
                !Marks.Allow(slot.Entry, before)
                || (replaced is not null && now < replaced.Deadline && !NearMarks.MayReplace(replaced.Entry, slot.Entry))
            )
            {
                return false;
            }

            if (replaced is not null)
            {
                replaced.IsResident = false;
                Volatile.Write(ref _cells[IndexOf(replaced)].Slot, slot);
                return true;
            }

            // Denser than the memory tier's: what a hit touches should fit into the processor's caches, and neighbours share a line.
            if ((_count + 1) * 16 > _cells.Length * 13)
            {
                Grow();
            }

            Place(_cells, slot);
            _count++;
            return true;
        }
    }

    /// <summary>Hears that a key has this version now, or (0) any or none.</summary>
    /// <returns>The copy that left.</returns>
    public NearSlot<TKey, TValue>? Change(in NearKey<TKey> key, long version)
    {
        lock (_gate)
        {
            if (version == 0)
            {
                Volatile.Write(ref _dropped, _dropped + 1);
            }
            else
            {
                Volatile.Write(ref _highest, Math.Max(_highest, version));
                Volatile.Write(ref _changed, _changed + 1);
            }

            return Find(key) is { } slot && (version == 0 || slot.Entry.Version < version) ? Remove(slot) : null;
        }
    }

    /// <summary>Hears that a version of a key is no longer dirty as it was.</summary>
    /// <returns>The copy that left, since it says otherwise.</returns>
    public NearSlot<TKey, TValue>? Settle(in NearKey<TKey> key, long version)
    {
        lock (_gate)
        {
            Volatile.Write(ref _settled, _settled + 1);
            return Find(key) is { Entry.IsDirty: true } slot && slot.Entry.Version <= version ? Remove(slot) : null;
        }
    }

    /// <summary>Takes a copy out, if it is still in.</summary>
    public void Retire(NearSlot<TKey, TValue> slot)
    {
        lock (_gate)
        {
            if (slot.IsResident)
            {
                Remove(slot);
            }
        }
    }

    // The comparer of a type parameter that may be a reference type is an interface call; strings don't come here.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreEqual(TKey one, TKey other) =>
        typeof(TKey).IsValueType ? EqualityComparer<TKey>.Default.Equals(one, other) : one.Equals(other);

    private NearSlot<TKey, TValue>? Find(in NearKey<TKey> key) => Find(key.Key, key.Code, key.Hash);

    private NearSlot<TKey, TValue> Remove(NearSlot<TKey, TValue> slot)
    {
        slot.IsResident = false;
        _count--;
        var cells = _cells;
        var mask = cells.Length - 1;
        var hole = IndexOf(slot);

        // Knuth, TAOCP 6.4, algorithm R: what stands behind the hole moves into it, unless its own place lies behind the hole.
        for (var i = (hole + 1) & mask; cells[i].Slot is { } next; i = (i + 1) & mask)
        {
            if (((i - next.KeyHash) & mask) >= ((i - hole) & mask))
            {
                Set(ref cells[hole], next);
                hole = i;
            }
        }

        Volatile.Write(ref cells[hole].Slot, null);
        return slot;
    }

    private int IndexOf(NearSlot<TKey, TValue> slot)
    {
        var mask = _cells.Length - 1;
        var i = slot.KeyHash & mask;
        while (_cells[i].Slot != slot)
        {
            i = (i + 1) & mask;
        }

        return i;
    }

    private void Grow()
    {
        var cells = new Cell[Math.Max(SmallestLength, _cells.Length * 2)];
        foreach (var cell in _cells)
        {
            if (cell.Slot is { } slot)
            {
                Place(cells, slot);
            }
        }

        Volatile.Write(ref _cells, cells);
    }

    private static void Place(Cell[] cells, NearSlot<TKey, TValue> slot)
    {
        var mask = cells.Length - 1;
        var i = slot.KeyHash & mask;
        while (cells[i].Slot is not null)
        {
            i = (i + 1) & mask;
        }

        Set(ref cells[i], slot);
    }

    // A reader that gets the one of before and the other of after compares keys in vain, or not at all.
    private static void Set(ref Cell cell, NearSlot<TKey, TValue> slot)
    {
        cell.Hash = slot.KeyHash;
        Volatile.Write(ref cell.Slot, slot);
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Cell
    {
        internal NearSlot<TKey, TValue>? Slot;
        internal int Hash;
    }
}

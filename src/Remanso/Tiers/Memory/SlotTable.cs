using System.Runtime.InteropServices;
using Remanso.Common;

namespace Remanso.Tiers.Memory;

// Why not ConcurrentDictionary: its nodes are one more object between bucket and slot, and over many keys each object
// is a cache miss. Here the hash stands beside the reference, so a look-up touches cell, slot and key.
//
// A key never moves within an array, so a reader can't overlook one that stays: a removed key leaves a mark in its
// cell, and growing builds a new array, which is published whole. A reader that still searches the old one finds what
// was there when it began.

/// <summary>
/// All resident keys: a hash table that readers search without a lock. Open addressing, in stripes; a writer locks a stripe.
/// </summary>
internal sealed class SlotTable
{
    private const int StripeBits = 6;
    private const int SmallestStripe = 8;

    // Stands where a slot was; its key is compared by nobody, see Find.
    private static readonly MemorySlot _removed = MemorySlot.CreateMark();

    private readonly Stripe[] _stripes;

    internal SlotTable()
    {
        _stripes = new Stripe[1 << StripeBits];
        for (var i = 0; i < _stripes.Length; i++)
        {
            _stripes[i] = new Stripe();
        }
    }

    /// <summary>Slots in the table.</summary>
    internal int Count => _stripes.Sum(stripe => Volatile.Read(ref stripe.Live));

    /// <summary>The slot of a key, or null.</summary>
    internal MemorySlot? Find(string key)
    {
        var hash = KeyHasher.Of(key);
        var cells = Volatile.Read(ref StripeOf(hash).Cells);
        var mask = cells.Length - 1;
        for (var i = hash & mask; ; i = (i + 1) & mask)
        {
            ref var cell = ref cells[i];

            // The slot before the hash, and a writer the other way round: so the hash is the slot's, or a later one's.
            var slot = Volatile.Read(ref cell.Slot);
            if (slot is null)
            {
                return null;
            }

            if (cell.Hash == hash && slot != _removed && slot.Key == key)
            {
                return slot;
            }
        }
    }

    /// <summary>Adds the slot of a key that has none.</summary>
    internal void Add(MemorySlot slot)
    {
        var stripe = StripeOf(slot.KeyHash);
        lock (stripe)
        {
            // At most five cells in eight are in use, so a search ends after a few.
            if ((stripe.Used + 1) * 8 > stripe.Cells.Length * 5)
            {
                Rebuild(stripe);
            }

            if (Place(stripe.Cells, slot))
            {
                stripe.Used++;
            }

            Volatile.Write(ref stripe.Live, stripe.Live + 1);
        }
    }

    /// <summary>Removes a slot that is in the table.</summary>
    internal void Remove(MemorySlot slot)
    {
        var stripe = StripeOf(slot.KeyHash);
        lock (stripe)
        {
            var mask = stripe.Cells.Length - 1;
            var i = slot.KeyHash & mask;
            while (stripe.Cells[i].Slot != slot)
            {
                i = (i + 1) & mask;
            }

            Volatile.Write(ref stripe.Cells[i].Slot, _removed);
            Volatile.Write(ref stripe.Live, stripe.Live - 1);
        }
    }

    /// <summary>All slots that are there from the beginning to the end of the enumeration, and maybe others.</summary>
    internal IEnumerable<MemorySlot> All()
    {
        foreach (var stripe in _stripes)
        {
            var cells = Volatile.Read(ref stripe.Cells);
            for (var i = 0; i < cells.Length; i++)
            {
                if (Volatile.Read(ref cells[i].Slot) is { } slot && slot != _removed)
                {
                    yield return slot;
                }
            }
        }
    }

    private static void Rebuild(Stripe stripe)
    {
        // Half full at most; where many were removed, the new array is no larger than the old one, or smaller.
        var length = SmallestStripe;
        while (length < (stripe.Live + 1) * 2)
        {
            length *= 2;
        }

        var cells = new Cell[length];
        foreach (var cell in stripe.Cells)
        {
            if (cell.Slot is { } slot && slot != _removed)
            {
                Place(cells, slot);
            }
        }

        stripe.Used = stripe.Live;
        Volatile.Write(ref stripe.Cells, cells);
    }

    /// <summary>Puts a slot into the first cell that is free. Tells whether that was never used.</summary>
    private static bool Place(Cell[] cells, MemorySlot slot)
    {
        var mask = cells.Length - 1;
        var i = slot.KeyHash & mask;
        while (cells[i].Slot is { } other && other != _removed)
        {
            i = (i + 1) & mask;
        }

        var isNew = cells[i].Slot is null;
        cells[i].Hash = slot.KeyHash;
        Volatile.Write(ref cells[i].Slot, slot);
        return isNew;
    }

    private Stripe StripeOf(int hash) => _stripes[(uint)hash >> (32 - StripeBits)];

    [StructLayout(LayoutKind.Auto)]
    private struct Cell
    {
        internal MemorySlot? Slot;
        internal int Hash;
    }

    private sealed class Stripe
    {
        internal Cell[] Cells = new Cell[SmallestStripe];

        /// <summary>Slots.</summary>
        internal int Live;

        /// <summary>Cells that are not as new: slots, and marks of removed ones.</summary>
        internal int Used;
    }
}

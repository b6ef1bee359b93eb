namespace Remanso.Entries;

/// <summary>What an entry is, beside its value.</summary>
[Flags]
internal enum EntryState
{
    /// <summary>A clean value.</summary>
    None = 0,

    /// <summary>Accepted, not yet in the backing store: it has no TTL and cannot be evicted.</summary>
    Dirty = 1,

    /// <summary>A deleted or known-absent key: it has a version but no value.</summary>
    Tombstone = 2,

    /// <summary>
    /// Dirty, and refused by the backing store for good: it waits for a replay, a drop or a newer write,
    /// and no marker is queued for it.
    /// </summary>
    DeadLetter = 4,
}

using System.Runtime.InteropServices;

namespace Remanso.Stores;

/// <summary>One write on its way into the backing store.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly record struct StoreWrite<TKey, TValue>
{
    /// <summary>The key.</summary>
    public required TKey Key { get; init; }

    /// <summary>The value; the default where <see cref="Deleted"/>.</summary>
    public required TValue? Value { get; init; }

    /// <summary>The media type of the value, or null.</summary>
    public string? ContentType { get; init; }

    /// <summary>The versions of the key before this one that are not stored yet, oldest first; only of a cache that
    /// keeps every version (<see cref="WriteMode.EveryVersion"/>), and only for a store that keeps a history
    /// (<see cref="IHistoryStore"/>).</summary>
    public IReadOnlyList<StoreWrite<TKey, TValue>> Earlier
    {
        get => field ?? [];
        init;
    }

    /// <summary>The version: the row changes only if its own is lower.</summary>
    public required long Version { get; init; }

    /// <summary>Whether this deletes the key: the row stays as a tombstone with this version.</summary>
    public bool Deleted { get; init; }

    /// <summary>The end of the data's lifetime, microseconds since 1970; <see cref="long.MaxValue"/> for none.</summary>
    public long ExpiresAt { get; init; }

    /// <summary>Whether the flush is in time: a store that works on the processors of this process lets others have them
    /// in between, where they wait for one.</summary>
    internal bool HasTime { get; init; }

    /// <summary>The fencing token of the partition lease under which this is saved: higher for each new holder,
    /// comparable between writes of one key; 0 for a write past the tier. Only what has one may be repeated by a
    /// store after a lost answer: others may issue the same version past the tier.</summary>
    public long FencingToken { get; init; }
}

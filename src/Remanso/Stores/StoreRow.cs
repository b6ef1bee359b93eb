using System.Runtime.InteropServices;

namespace Remanso.Stores;

/// <summary>A row of the backing store.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly record struct StoreRow<TKey, TValue>
{
    /// <summary>The key.</summary>
    public required TKey Key { get; init; }

    /// <summary>The value; the default where <see cref="Deleted"/>.</summary>
    public required TValue? Value { get; init; }

    /// <summary>The media type of the value, or null.</summary>
    public string? ContentType { get; init; }

    /// <summary>The version, 0 to 2^53 - 1; 0 where the store keeps none, or nobody has written the row through the cache yet: readers
    /// then get 0, and a condition may name it.</summary>
    public required long Version { get; init; }

    /// <summary>Whether the row is a tombstone.</summary>
    public bool Deleted { get; init; }

    /// <summary>The end of the data's lifetime, microseconds since 1970; <see cref="long.MaxValue"/> for none.</summary>
    public long ExpiresAt { get; init; }
}

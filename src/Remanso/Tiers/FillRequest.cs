using Remanso.Entries;

namespace Remanso.Tiers;

/// <summary>A loaded value on its way into the tier.</summary>
internal sealed class FillRequest
{
    /// <summary>The key.</summary>
    public required string Key { get; init; }

    /// <summary>The token of the fill lease under which the value was loaded.</summary>
    public required long Lease { get; init; }

    /// <summary>The value; empty for a tombstone.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>The media type, or null.</summary>
    public string? ContentType { get; init; }

    /// <summary>The tags; null for none. The tier keeps the list: it must not change afterwards.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>The store's version of the row; 0 where the store has no row of the key.
    /// <see cref="IssueVersion"/>: the loader knows no versions (a load that is not from the backing store), the tier issues one.</summary>
    public required long Version { get; init; }

    /// <summary>Stands in <see cref="Version"/> for "issue one".</summary>
    public const long IssueVersion = -1;

    /// <summary>Whether the key is deleted or absent.</summary>
    public bool Tombstone { get; init; }

    /// <summary>The end of the data's lifetime, microseconds since 1970.</summary>
    public long ExpiresAt { get; init; } = CacheEntry.Never;

    /// <summary>The TTL, jitter already applied.</summary>
    public required TimeSpan Ttl { get; init; }

    /// <summary>How long past its TTL the entry may be served if the store fails.</summary>
    public TimeSpan Grace { get; init; }

    /// <summary>How long the load took, in microseconds.</summary>
    public long LoadMicros { get; init; }
}

using System.Runtime.InteropServices;
using Remanso.Entries;
using Remanso.Stores;
using Remanso.Tiers;

namespace Remanso.ReadThrough;

/// <summary>What a load brought, from the store or from a caller's loader.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LoadedValue(ReadOnlyMemory<byte> Value, string? ContentType, long Version, bool Tombstone, long ExpiresAt)
{
    /// <summary>The tags of the value, checked; null for none.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Instead of the cache's.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>Instead of the cache's.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>Whether it goes to the callers of the load alone.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>What a caller's loader brought: it knows no versions.</summary>
    public static LoadedValue FromLoader(ReadOnlyMemory<byte> value, string? contentType, bool tombstone) =>
        new(value, contentType, FillRequest.IssueVersion, tombstone, CacheEntry.Never);

    /// <summary>A row of the store, or that it has none.</summary>
    public static LoadedValue From(StoreRow<string, ReadOnlyMemory<byte>>? row) =>
        row is { } found
            ? new LoadedValue(
                found.Value,
                found.ContentType,
                found.Version,
                found.Deleted,
                found.ExpiresAt == 0 ? CacheEntry.Never : found.ExpiresAt
            )
            : new LoadedValue(default, null, 0, Tombstone: true, CacheEntry.Never);

    /// <summary>The same where the tier's copy has a version and what was loaded has none: the row was written or
    /// removed behind the cache's back, or its store keeps no versions. It is newer than the copy, so the tier issues
    /// one.</summary>
    public LoadedValue After(CacheEntry? copy) =>
        Version == 0 && copy is { Version: > 0, IsDirty: false } ? this with { Version = FillRequest.IssueVersion } : this;

    /// <summary>The same for a write that needs it in the tier: what is not to be cached is kept for no longer than that takes.</summary>
    public LoadedValue ForWrite() => IsPrivate ? this with { Ttl = TimeSpan.Zero, Grace = TimeSpan.Zero } : this;

    /// <summary>The same with the tags that the cache computes. Where the value can't be decoded for that, who reads it
    /// has the error; others, who can decode it, must not get it without its tags. So it is not kept, or for no longer
    /// than a condition needs it.</summary>
    /// <exception cref="InvalidTagException">They are not valid.</exception>
    public LoadedValue TaggedBy(Tagging tagging, string key)
    {
        try
        {
            return this with { Tags = tagging.Of(key, Value, Tombstone) };
        }
        catch (TagsUnknownException)
        {
            return this with { IsPrivate = true, Ttl = TimeSpan.Zero, Grace = TimeSpan.Zero };
        }
    }

    /// <summary>The entry that a load found unmodified.</summary>
    public static LoadedValue From(CacheEntry entry) =>
        new(entry.Value, entry.ContentType, entry.Version, entry.IsTombstone, entry.ExpiresAt) { Tags = entry.Tags };
}

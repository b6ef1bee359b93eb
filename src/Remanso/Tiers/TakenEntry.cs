using Remanso.Entries;

namespace Remanso.Tiers;

/// <summary>A dirty entry taken from its partition's queue, to be saved and settled.</summary>
/// <param name="Lease">The lease of its partition.</param>
/// <param name="Key">The key.</param>
/// <param name="Entry">Its value and version at the time it was taken; where <see cref="HasLater"/>, those of an earlier time.</param>
/// <param name="Marker">The tier's own reference to the marker.</param>
internal sealed record TakenEntry(PartitionLease Lease, string Key, CacheEntry Entry, object? Marker)
{
    /// <summary>The versions before <see cref="Entry"/> that are not stored yet, oldest first; none unless the tier
    /// keeps them (<see cref="TierOptions.KeepsVersions"/>).</summary>
    public IReadOnlyList<CacheEntry> Earlier { get; init; } = [];

    /// <summary>Whether more versions are kept than a batch takes: <see cref="Entry"/> is then the last of those that
    /// were taken, and the key stays dirty and queued.</summary>
    public bool HasLater { get; init; }

    /// <summary>The trace that queued the key, as W3C's <c>traceparent</c> has it; null where it is not known.</summary>
    public string? TraceParent { get; init; }

    /// <summary>How many versions were taken.</summary>
    public int Versions => Earlier.Count + 1;

    /// <summary>The oldest of its versions.</summary>
    /// <param name="count">How many, at least one.</param>
    public TakenEntry First(int count) =>
        count >= Versions ? this : this with { Entry = Earlier[count - 1], Earlier = [.. Earlier.Take(count - 1)], HasLater = true };

    /// <summary>Its versions up to one of them.</summary>
    public TakenEntry UpTo(long version) =>
        First(Earlier.Count(earlier => earlier.Version <= version) + (Entry.Version <= version ? 1 : 0));

    /// <summary>Its versions above one that is not the last.</summary>
    public TakenEntry After(long version) => this with { Earlier = [.. Earlier.Where(earlier => earlier.Version > version)] };
}

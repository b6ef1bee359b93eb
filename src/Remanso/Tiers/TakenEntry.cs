using Remanso.Entries;

namespace Remanso.Tiers;

/// <summary>A dirty entry taken from its partition's queue, to be saved and settled.</summary>
/// <param name="Lease">The lease of its partition.</param>
/// <param name="Key">The key.</param>
/// <param name="Entry">Its value and version at the time it was taken.</param>
/// <param name="Marker">The tier's own reference to the marker.</param>
public sealed record TakenEntry(PartitionLease Lease, string Key, CacheEntry Entry, object? Marker);

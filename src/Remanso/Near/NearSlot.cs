using Remanso.Entries;
using Remanso.Tiers.Eviction;
using Remanso.Tiers.Memory;

namespace Remanso.Near;

/// <summary>One key's copy. Its content never changes: a newer copy is another slot, so that a reader sees all of it or
/// none of it.</summary>
internal sealed class NearSlot<TKey, TValue> : EvictionNode
    where TKey : notnull
{
    /// <summary>Bytes of a copy beside its characters and value: slot, entry, headers, table and ghost.</summary>
    internal const int Overhead = 320;

    internal NearSlot(in NearKey<TKey> key, string encoded, CacheEntry entry, TValue? value, NearTags.Seen? tags, long deadline)
        : base(key.Hash, WeightOf(encoded, entry))
    {
        Key = key.Key;
        Code = key.Code;
        Entry = entry;
        Value = value;
        Tags = tags;
        Deadline = deadline;
        IsFound = !entry.IsTombstone;
    }

    // In this order, what every hit reads lies together: over many keys a second cache line is a second miss.
    internal TKey Key { get; }

    /// <summary>The string by which the key is found, if any.</summary>
    internal string? Code { get; }

    internal CacheEntry Entry { get; }

    /// <summary>The value as readers share it.</summary>
    internal TValue? Value { get; }

    /// <summary>Its tags; null where the entry has none.</summary>
    internal NearTags.Seen? Tags { get; }

    /// <summary>Until when it may be served, on the near cache's clock.</summary>
    internal long Deadline { get; }

    /// <summary>False from the moment the slot left the table; changed under the stripe's lock.</summary>
    internal bool IsResident { get; set; } = true;

    /// <summary>Whether the key has a value: otherwise it is known to be absent.</summary>
    internal bool IsFound { get; }

    /// <summary>Bytes for which a copy is accounted.</summary>
    internal static long WeightOf(string encoded, CacheEntry entry) =>
        Overhead + (2L * encoded.Length) + entry.Value.Length + StampedTags.WeightOf(entry.Tags);

    /// <summary>Nothing is written into a copy and nothing is pinned, so it may leave; who asked takes it out of the table.</summary>
    internal override bool TryRetire() => true;
}

using Remanso.Common;
using Remanso.Entries;
using Remanso.Tiers.Eviction;

namespace Remanso.Tiers.Memory;

// Readers take Entry without a lock. All else is written under the gate of the key's partition; the eviction's part
// under the lock of MemoryBound. A slot that left the table never comes back: the key gets a new one.

/// <summary>
/// A resident key: its current entry, its markers, and (by inheritance) its place in the eviction queues.
/// </summary>
internal sealed class MemorySlot : EvictionNode
{
    /// <summary>
    /// Bytes of a resident key beside its characters and value: slot, entry, the headers of the string and of the array, table
    /// and ghost. Measured (<c>MemoryTierTests.The_byte_bound_is_honest</c>).
    /// </summary>
    internal const int Overhead = 318;

    private volatile CacheEntry _entry;

    internal MemorySlot(string key, MemoryPartition partition, CacheEntry entry)
        : base(KeyHasher.Of(key), WeightOf(key, entry))
    {
        Key = key;
        Partition = partition;
        _entry = entry;
    }

    /// <summary>The key.</summary>
    internal string Key { get; }

    /// <summary>The partition whose gate guards this slot.</summary>
    internal MemoryPartition Partition { get; }

    /// <summary>The current entry; after the slot left the table, its last one.</summary>
    internal CacheEntry Entry
    {
        get => _entry;
        set => _entry = value;
    }

    /// <summary>False from the moment the slot left the table.</summary>
    internal bool IsResident { get; set; } = true;

    /// <summary>Whether its dirty entry was invalidated: others may have changed the row since it was saved, so its
    /// settlement leaves no copy.</summary>
    internal bool IsVoid { get; set; }

    /// <summary>Whether its dirty entry was expired: for the same reason its settlement leaves a stale copy.</summary>
    internal bool IsExpired { get; set; }

    /// <summary>The marker in the partition's queue, if any.</summary>
    internal Marker? Queued { get; set; }

    /// <summary>The marker that was taken and is not settled yet, if any.</summary>
    internal Marker? Taken { get; set; }

    /// <summary>A slot of no key, for the table to put where one was removed.</summary>
    internal static MemorySlot CreateMark() => new(string.Empty, null!, new CacheEntry { Version = 0 });

    /// <summary>Bytes for which a key and its entry are accounted.</summary>
    internal static long WeightOf(string key, CacheEntry entry) => WeightBeside(key.Length) + entry.Value.Length + TagsWeightOf(entry);

    /// <summary>Bytes for which a key of so many characters is accounted beside its value and tags.</summary>
    internal static long WeightBeside(int characters) => Overhead + (2L * characters);

    /// <summary>Bytes for which the tags of an entry are accounted.</summary>
    internal static long TagsWeightOf(CacheEntry? entry) => entry is { IsTagged: true } ? ((StampedTags)entry.Tags!).Weight : 0;

    /// <summary>Whether two entries of one key weigh the same.</summary>
    internal static bool WeighTheSame(CacheEntry a, CacheEntry b) => a.Value.Length == b.Value.Length && TagsWeightOf(a) == TagsWeightOf(b);

    /// <inheritdoc/>
    internal override bool TryRetire()
    {
        lock (Partition.Gate)
        {
            if (!IsResident)
            {
                return true;
            }

            if (Entry.IsDirty)
            {
                return false;
            }

            Partition.Drop(this);
            return true;
        }
    }
}

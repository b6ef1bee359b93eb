using System.Runtime.InteropServices;
using Remanso.Entries;

namespace Remanso.Tiers;

/// <summary>One write on its way into the tier.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TierWrite
{
    /// <summary>The key.</summary>
    public required string Key { get; init; }

    /// <summary>The value; empty for a delete. The tier keeps the memory: it must not change afterwards.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>The media type, or null.</summary>
    public string? ContentType { get; init; }

    /// <summary>The tags; null for none. The tier keeps the list: it must not change afterwards.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Whether this deletes the key.</summary>
    public bool Tombstone { get; init; }

    /// <summary>What must be true of the key.</summary>
    public WriteCondition Condition { get; init; }

    /// <summary>The end of the data's lifetime, microseconds since 1970; 0 or <see cref="CacheEntry.Never"/> for none.</summary>
    public long ExpiresAt { get; init; }

    /// <summary>For a cache without a backing store: the TTL of the entry, which is clean at once. Null (a backing
    /// store is there): the entry becomes dirty.</summary>
    public TimeSpan? CleanTtl { get; init; }

    /// <summary>With <see cref="CleanTtl"/>: how long past its TTL the entry may be served if its load fails. A delete
    /// leaves nothing behind then, for there is no store that could bring the key back.</summary>
    public TimeSpan CleanGrace { get; init; }

    /// <summary>With <see cref="CleanTtl"/>: whether there is a loader all the same. What the tier does not hold has to be
    /// loaded then before it can be compared or merged into, as with a backing store; otherwise it is absent.</summary>
    public bool HasLoader { get; init; }

    /// <summary>For a cache with a backing store: the TTL that the entry gets once it is stored as it is, jitter
    /// already applied, to the millisecond; null for the cache's.</summary>
    public TimeSpan? OwnTtl { get; init; }

    /// <summary>For a cache with a backing store: its grace period, likewise.</summary>
    public TimeSpan? OwnGrace { get; init; }

    /// <summary>Null for a write of <see cref="Value"/>. Otherwise what the write makes of the value that the key
    /// holds; <see cref="Value"/> and <see cref="Tombstone"/> have no meaning beside it. What has a value keeps its
    /// media type, its tags and the end of its lifetime; those of the write are for a new one. Where that leaves the
    /// value as it was, nothing is written.</summary>
    public Merge? Merge { get; init; }

    /// <summary>The most bytes that the value may have which a <see cref="Merge"/> makes, and of JSON the one that it
    /// is made of; 0 for the tier's own limits alone.</summary>
    public int MaxBytes { get; init; }

    /// <summary>Null, or by what a repetition of this write is known. What became of it is noted in the same step;
    /// until <see cref="TierOptions.IdempotencyRetention"/> is over, the same write again has no effect and the result
    /// of then. A write that was refused is not noted.</summary>
    public WriteIdentity? Identity { get; init; }

    /// <summary>Null, or the trace that writes, as W3C's <c>traceparent</c> has it. A tier with several processes
    /// hands it on with the marker that the write queues (<see cref="TakenEntry.TraceParent"/>), so that the flush is
    /// linked to it; it is no part of the entry.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Whether it depends on what the key holds.</summary>
    public bool LooksFirst => Condition.Kind != WriteConditionKind.None || Merge is not null;

    /// <summary>Whether the flush should start at once: somebody waits for <c>Stored</c>.</summary>
    public bool Urgent { get; init; }
}

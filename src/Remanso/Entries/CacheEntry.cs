namespace Remanso.Entries;

// Times are microseconds since 1970 (UTC) in the clock of the tier that holds the entry (ICacheTier.Now), so that
// processes with different clocks agree on them.

/// <summary>
/// One key's state as a tier holds it: immutable, so that a reader sees all of it or none of it.
/// </summary>
internal sealed class CacheEntry
{
    /// <summary>Stands for "never" in <see cref="FreshUntil"/>, <see cref="StaleUntil"/> and <see cref="ExpiresAt"/>.</summary>
    public const long Never = long.MaxValue;

    /// <summary>The <see cref="FreshUntil"/> of a dirty entry that has returned.</summary>
    internal const long Returned = 0;

    // In this order, what every hit reads lies together, at the end: over many keys a second cache line is a second miss.
    /// <summary>The media type of <see cref="Value"/> (RFC 9110), or null where the writer gave none.</summary>
    public string? ContentType { get; init; }

    /// <summary>The tags by which the entry can be removed together with others; null for none.</summary>
    public IReadOnlyList<string>? Tags
    {
        get;
        init
        {
            field = value is { Count: > 0 } ? value : null;
            IsTagged = field is not null;
        }
    }

    // Of a dirty entry, which no load brought, the spans that it is to have once it is clean.
    private readonly long _loadOrSpans;

    /// <summary>How long the load of this value took, in microseconds; 0 for a written value. Early refresh uses it.</summary>
    public long LoadMicros
    {
        get => IsDirty ? 0 : _loadOrSpans;
        init => _loadOrSpans = value;
    }

    /// <summary>Of a dirty entry: the TTL and grace period that its writer gave it.</summary>
    internal WriteSpans Spans
    {
        get => IsDirty ? new WriteSpans(_loadOrSpans) : default;
        init => _loadOrSpans = value.IsNone ? _loadOrSpans : value.Packed;
    }

    /// <summary>When this value came into the tier: by a write, or by a fill.</summary>
    public long CachedAt { get; init; }

    /// <summary>Until when a clean copy may be served if the store fails (the grace period ends); at least
    /// <see cref="FreshUntil"/>.</summary>
    public long StaleUntil { get; init; } = Never;

    /// <summary>The version: grows per key with every write; 0 only for a key that no store and no write ever had.</summary>
    public required long Version { get; init; }

    /// <summary>Until when a clean copy is served without a load; <see cref="Never"/> while dirty, 0 where
    /// <see cref="HasReturned"/>.</summary>
    public long FreshUntil { get; init; } = Never;

    /// <summary>The end of the data's own lifetime, in cache and store; <see cref="Never"/> where it has none.</summary>
    public long ExpiresAt { get; init; } = Never;

    /// <summary>Dirty, tombstone, dead letter.</summary>
    public EntryState State { get; init; }

    // A byte beside the state, so that a hit without tags needn't look at them.
    /// <summary>Whether there are tags.</summary>
    internal bool IsTagged { get; private init; }

    /// <summary>Whether this is a row that others wrote and that took the place of what was written here: an earlier
    /// version of the key need not have been stored.</summary>
    public bool IsAdopted { get; init; }

    /// <summary>The value as bytes; empty for a tombstone.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>True while the backing store does not have this version.</summary>
    public bool IsDirty => (State & EntryState.Dirty) != 0;

    /// <summary>True where a dirty entry has returned with what its tier remembered, after it forgot: its row may be
    /// newer. Until the two were compared, or it is stored, it is no hit and nothing builds on it.</summary>
    public bool HasReturned => FreshUntil == Returned && IsDirty;

    /// <summary>True where the key is deleted or known to be absent.</summary>
    public bool IsTombstone => (State & EntryState.Tombstone) != 0;

    /// <summary>True where the store refused this version for good.</summary>
    public bool IsDeadLetter => (State & EntryState.DeadLetter) != 0;

    /// <summary>Whether the data's own lifetime is over at <paramref name="now"/> (microseconds, tier clock).</summary>
    public bool IsExpiredAt(long now) => now >= ExpiresAt;
}

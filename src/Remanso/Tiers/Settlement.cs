using Remanso.Common;
using Remanso.Entries;

namespace Remanso.Tiers;

/// <summary>What the store said of one taken entry.</summary>
internal sealed record Settlement
{
    /// <summary>The entry as it was taken.</summary>
    public required TakenEntry Taken { get; init; }

    /// <summary>What the store said.</summary>
    public required SettlementKind Kind { get; init; }

    /// <summary>The TTL of the entry once it is clean, jitter already applied.</summary>
    public TimeSpan Ttl { get; init; }

    /// <summary>How long past its TTL the entry may be served if the store fails.</summary>
    public TimeSpan Grace { get; init; }

    /// <summary>The store's row (value, content type, version, tombstone, lifetime) where the entry was superseded by it.</summary>
    public CacheEntry? StoreRow { get; init; }

    /// <summary>Why the store refused the entry; the beginning of a long text.</summary>
    public string? Error
    {
        get;
        init => field = value is null ? null : ErrorText.Of(value);
    }
}

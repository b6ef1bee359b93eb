namespace Remanso.Client;

/// <summary>How a key is written; all unset: as the cache is configured, without condition.</summary>
/// <remarks>At most one of <see cref="IfVersion"/>, <see cref="IfAbsent"/> and <see cref="IfPresent"/>; where it does
/// not hold the write fails with <see cref="RemansoVersionConflictException"/>.</remarks>
public sealed record EntryWriteOptions
{
    /// <summary>What must be true when the call returns; the cache's setting unless set.</summary>
    public WriteDurability? Durability { get; init; }

    /// <summary>The media type of the value, 1 to 255 characters of visible ASCII with spaces between;
    /// <c>application/octet-stream</c> unless set.</summary>
    public string? ContentType { get; init; }

    /// <summary>How long the data exists, in cache and database; for ever unless set. At least 1 ms.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>How long the copy is served before it is loaded again; 1 ms to 10 years.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>How long past its TTL the copy is served where the load fails; 0 to 10 years.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>The entry's tags, in place of those that it had; up to 16 of 1 to 256 bytes.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Writes only over this version.</summary>
    public long? IfVersion { get; init; }

    /// <summary>Writes only if the key has no value.</summary>
    public bool IfAbsent { get; init; }

    /// <summary>Writes only if the key has a value.</summary>
    public bool IfPresent { get; init; }

    /// <summary>A name of the caller's choice for this write, 1 to 200 visible ASCII characters: sent again within 10
    /// minutes it has no second effect. With one the client repeats the write by itself, see
    /// <see cref="RemansoClientOptions.MaxRetries"/>.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Whether the client may repeat the write without a key: for commands, which write the same value twice
    /// rather than leave a note in the tier for each line of a file.</summary>
    internal bool MayRepeat { get; init; }
}

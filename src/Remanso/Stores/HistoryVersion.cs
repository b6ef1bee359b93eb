namespace Remanso;

/// <summary>One version of a key in the history of a store.</summary>
public sealed record HistoryVersion
{
    /// <summary>The version; as a rule the microsecond since 1970 in which it was accepted.</summary>
    public required long Version { get; init; }

    /// <summary>Whether the key was deleted by it.</summary>
    public bool Deleted { get; init; }

    /// <summary>The size of its value, bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Its value; null where it was deleted, or where the value is larger than was asked for.</summary>
    public ReadOnlyMemory<byte>? Value { get; init; }

    /// <summary>The media type of the value, or null.</summary>
    public string? ContentType { get; init; }

    /// <summary>The end of the data's lifetime, microseconds since 1970; <see cref="long.MaxValue"/> for none.</summary>
    public long ExpiresAt { get; init; }

    /// <summary>When it was stored, microseconds since 1970, by the clock of the process that stored it.</summary>
    public long StoredAt { get; init; }
}

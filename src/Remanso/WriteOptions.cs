using Remanso.Entries;

namespace Remanso;

/// <summary>What a caller asks of one write.</summary>
public sealed record WriteOptions
{
    /// <summary>What must be true of the key; nothing unless set.</summary>
    public WriteCondition Condition { get; init; }

    /// <summary>What must be true when the write returns; the cache's default where null.</summary>
    public Durability? Durability { get; init; }

    /// <summary>How long the data itself exists, in cache and store; for ever where null. At least one millisecond.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>The media type of the value; the codec's where null.</summary>
    public string? ContentType { get; init; }
}

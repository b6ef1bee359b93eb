namespace Remanso.Client;

/// <summary>A change, or a gap in what is told of them.</summary>
public sealed record WatchEvent
{
    /// <summary>What happened.</summary>
    public WatchEventKind Kind { get; init; }

    /// <summary>The key; null where the event is not about one.</summary>
    public string? Key { get; init; }

    /// <summary>The tag of <see cref="WatchEventKind.TagInvalidated"/>, null where the caller may not read every key of
    /// the cache: then read again what you hold.</summary>
    public string? Tag { get; init; }

    /// <summary>Why changes may be missing: <c>begun</c> (the watch begins, or what came since can't be told),
    /// <c>lost</c> and <c>restored</c> (the tier was not heard), <c>slow</c> (events were taken too slowly). Null but
    /// for gaps.
    /// </summary>
    public string? Gap { get; init; }

    /// <summary>The change's version; 0 where it has none.</summary>
    public long Version { get; init; }

    /// <summary>What <see cref="Value"/> is.</summary>
    public SentValueKind ValueKind { get; init; }

    /// <summary>The value that the tier has by now, where the query asked for it.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>The value's version, which may be higher than the change's; 0 where there is no value.</summary>
    public long ValueVersion { get; init; }

    /// <summary>Why the value could not be read; null where it could, or was not asked for.</summary>
    public string? Error { get; init; }

    /// <summary>The name of that problem, as <see cref="RemansoApiException.Code"/> of a read of the key; null where
    /// there is none, and of an older server.</summary>
    public string? Code { get; init; }

    /// <summary>After how long another read makes sense; null where the server does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Where the watch stands after this event, for <see cref="WatchQuery.After"/>.</summary>
    public string? Position { get; init; }
}

namespace Remanso.Client;

/// <summary>What a watch tells of; nothing set: the changes of all keys, without values.</summary>
public sealed record WatchQuery
{
    /// <summary>Only these keys, up to 1,000, and 16,000 bytes of address: each takes 5 more than its own, and what is
    /// escaped three times as much. Empty: all. Excludes <see cref="Prefix"/>.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Only keys that begin so.</summary>
    public string? Prefix { get; init; }

    /// <summary>Whether a write is told with the value that the tier has by then.</summary>
    public bool WithValues { get; init; }

    /// <summary>Goes on after this <see cref="WatchEvent.Position"/> of an earlier watch; what can't be told any more
    /// is told as a gap.</summary>
    public string? After { get; init; }
}

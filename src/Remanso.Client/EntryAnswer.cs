using System.Text;

namespace Remanso.Client;

/// <summary>What a read found.</summary>
public sealed record EntryAnswer
{
    /// <summary>How the read was answered.</summary>
    public EntryOutcome Outcome { get; init; }

    /// <summary>Whether <see cref="Value"/> is the key's value.</summary>
    public bool Found => Outcome is EntryOutcome.Hit or EntryOutcome.Loaded or EntryOutcome.Stale;

    /// <summary>Whether the value is past its TTL.</summary>
    public bool IsStale => Outcome == EntryOutcome.Stale;

    /// <summary>The value; empty where none was found or sent.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>The media type that the value was written with; null where there is no value.</summary>
    public string? ContentType { get; init; }

    /// <summary>The version: for conditional writes and reads. Of an absent key that of its deletion, or 0.</summary>
    public long Version { get; init; }

    /// <summary>Whether the value is accepted and not yet in the database.</summary>
    public bool IsDirty { get; init; }

    /// <summary>How long ago the value came into the cache; null where it comes from the database.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>The entry's tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The <c>Cache-Status</c> field (RFC 9211) as the server sent it.</summary>
    public string? CacheStatus { get; init; }

    /// <summary>The value as UTF-8 text; what is no UTF-8 becomes U+FFFD.</summary>
    public string GetText() => Encoding.UTF8.GetString(Value.Span);
}

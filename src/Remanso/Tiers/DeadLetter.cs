using Remanso.Common;
using Remanso.Entries;

namespace Remanso;

/// <summary>An entry that the backing store refuses for good. Its value is the key's own until somebody writes it:
/// <c>GetAsync(key, ReadFrom.Tier)</c> reads it.</summary>
public sealed record DeadLetter
{
    internal DeadLetter(string key, CacheEntry entry, string error, long at)
        : this(key, entry.Version, error, at)
    {
        IsDeleted = entry.IsTombstone;
        Bytes = entry.Value.Length;
        ContentType = entry.ContentType;
    }

    // Its value may be large, and a list has many: whoever wants it reads the key.
    internal DeadLetter(string key, long version, string error, long at)
    {
        Key = key;
        Version = version;
        Error = error;
        AtMicros = at;
    }

    /// <summary>The key, as the cache's key codec writes it.</summary>
    public string Key { get; }

    /// <summary>The refused version.</summary>
    public long Version { get; }

    /// <summary>Whether it is a deletion that the store refuses.</summary>
    public bool IsDeleted { get; internal init; }

    /// <summary>The size of the refused value, bytes.</summary>
    public int Bytes { get; internal init; }

    /// <summary>The media type of the refused value, or null.</summary>
    public string? ContentType { get; internal init; }

    /// <summary>Why the store refused it: its message, or the first 2,000 characters of a longer one.</summary>
    public string Error { get; }

    /// <summary>When, by the tier's clock.</summary>
    public DateTimeOffset At => Micros.ToTime(AtMicros)!.Value;

    /// <summary>When, microseconds since 1970 in the tier's clock.</summary>
    internal long AtMicros { get; }
}

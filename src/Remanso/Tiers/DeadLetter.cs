using Remanso.Common;
using Remanso.Entries;

namespace Remanso;

/// <summary>An entry that the backing store refuses for good. Its value is the key's own until somebody writes it:
/// <c>GetAsync(key, ReadFrom.Tier)</c> reads it.</summary>
public sealed record DeadLetter
{
    internal DeadLetter(string key, CacheEntry entry, string error, long at)
    {
        Key = key;
        Entry = entry;
        Error = error;
        AtMicros = at;
    }

    /// <summary>The key, as the cache's key codec writes it.</summary>
    public string Key { get; }

    /// <summary>The refused version.</summary>
    public long Version => Entry.Version;

    /// <summary>Whether it is a deletion that the store refuses.</summary>
    public bool IsDeleted => Entry.IsTombstone;

    /// <summary>The size of the refused value, bytes.</summary>
    public int Bytes => Entry.Value.Length;

    /// <summary>The media type of the refused value, or null.</summary>
    public string? ContentType => Entry.ContentType;

    /// <summary>Why the store refused it.</summary>
    public string Error { get; }

    /// <summary>When, by the tier's clock.</summary>
    public DateTimeOffset At => Micros.ToTime(AtMicros)!.Value;

    internal CacheEntry Entry { get; }

    /// <summary>When, microseconds since 1970 in the tier's clock.</summary>
    internal long AtMicros { get; }
}

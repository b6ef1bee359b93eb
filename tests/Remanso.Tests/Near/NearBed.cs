using System.Text;
using Remanso.Entries;
using Remanso.Near;
using Remanso.Telemetry;
using Remanso.Testing;
using Remanso.Tiers;

namespace Remanso.Tests.Near;

/// <summary>A near cache of strings alone: a test plays the tier, its reads and its notices.</summary>
internal sealed class NearBed
{
    private readonly MemoryTier _tier;

    public NearBed(Action<CacheOptions>? configure = null)
    {
        var options = new CacheOptions();
        options.Near.Enabled = true;
        configure?.Invoke(options);
        _tier = new MemoryTier("test", options.Tier, Time);
        Near = new NearCache<string, string>(_tier, KeyCodec.For<string>(), ValueCodec.For<string>(), options, Time, new CacheCounters());
    }

    public ManualTimeProvider Time { get; } = new();

    public NearCache<string, string> Near { get; }

    public long Now => _tier.Now;

    public static ReadResult<string> Read(CacheEntry entry, ReadSource source = ReadSource.Tier, ReadFlags flags = ReadFlags.None) =>
        new(
            entry,
            entry.IsTombstone ? null : Encoding.UTF8.GetString(entry.Value.Span),
            source,
            flags | (entry.IsTombstone ? ReadFlags.None : ReadFlags.Found)
        );

    public static CacheEntry Entry(
        long version,
        string? value = null,
        EntryState state = EntryState.None,
        long freshUntil = CacheEntry.Never,
        long expiresAt = CacheEntry.Never,
        long cachedAt = 0,
        IReadOnlyList<string>? tags = null
    ) =>
        new()
        {
            Version = version,
            Value = (state & EntryState.Tombstone) != 0 ? default : Encoding.UTF8.GetBytes(value ?? $"v{version}"),
            State = state,
            FreshUntil = freshUntil,
            ExpiresAt = expiresAt,
            CachedAt = cachedAt,
            Tags = tags,
        };

    /// <summary>A whole read, during which something may happen.</summary>
    public void Hold(
        string key,
        CacheEntry entry,
        Action? meanwhile = null,
        ReadSource source = ReadSource.Tier,
        ReadFlags flags = ReadFlags.None
    )
    {
        var ticket = Near.Begin(key);
        meanwhile?.Invoke();
        Near.Offer(ticket, key, Read(entry, source, flags));
    }

    /// <summary>The value that a reader gets from the near cache; null for none.</summary>
    public string? Value(string key) => Near.Find(key) is { } slot ? Near.Read(slot).Value : null;
}

using Remanso.Common;
using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.ReadThrough;

// −ln(u) of a random number of 53 bits is below 37, so EarlyRefresh never says yes to an entry that has more than
// 40·δ·β left. The first check compares with the longest such window of any load seen: it touches only what every hit
// touches anyhow, for an entry's own δ lies on another cache line.
//
// With a fixed part of the TTL (LoadOptions.RefreshAt) every hit is looked at: an entry of any TTL may be past it.
//
// Best effort: an entry that another process loaded, more slowly than any load seen here, is refreshed here only after
// a read of it went through Saw.

/// <summary>Whether a hit should be refreshed now: <see cref="EarlyRefresh"/>, behind two checks that keep it away from
/// almost every hit.</summary>
internal sealed class RefreshWindow
{
    private const double Farthest = 40;

    private readonly ICacheTier _tier;
    private readonly LoadOptions _options;
    private readonly Random _random;
    private long _longest;

    /// <param name="tier">The tier.</param>
    /// <param name="options">How keys are loaded.</param>
    /// <param name="random">What decides; safe for threads unless one thread alone asks.</param>
    public RefreshWindow(ICacheTier tier, LoadOptions options, Random? random = null)
    {
        _tier = tier;
        _options = options;
        _random = random ?? Chance.Source;
        _longest = options.RefreshAt is null ? 0 : long.MaxValue;
    }

    /// <summary>No entry with more microseconds left needs to be looked at; 0 while none does.</summary>
    public long Longest => Volatile.Read(ref _longest);

    /// <summary>A load took so long.</summary>
    public void Saw(long loadMicros)
    {
        var window = Of(loadMicros);
        // Racing threads may lose an update: the next load makes it again.
        if (window > Volatile.Read(ref _longest))
        {
            Volatile.Write(ref _longest, window);
        }
    }

    /// <summary>Whether this reader of a hit is to refresh it.</summary>
    public bool ShouldRefresh(CacheEntry entry)
    {
        var longest = Volatile.Read(ref _longest);
        return longest != 0 && entry.FreshUntil - _tier.CoarseNow <= longest && Decide(entry);
    }

    private bool Decide(CacheEntry entry)
    {
        var now = _tier.Now;
        if (entry.IsDirty || entry.FreshUntil >= entry.ExpiresAt)
        {
            return false;
        }

        if (_options.RefreshAt is { } part && now - entry.CachedAt >= part * (entry.FreshUntil - entry.CachedAt))
        {
            return true;
        }

        return entry.LoadMicros > 0
            && entry.FreshUntil - now <= Of(entry.LoadMicros)
            && EarlyRefresh.ShouldRefresh(now, entry.FreshUntil, entry.LoadMicros, _options.EarlyRefreshBeta, _random.NextDouble());
    }

    private long Of(long loadMicros) => (long)Math.Min(loadMicros * _options.EarlyRefreshBeta * Farthest, TimeSpan.TicksPerDay);
}

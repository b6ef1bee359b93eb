using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.ReadThrough;

/// <summary>Whether a hit should be refreshed now: <see cref="EarlyRefresh"/>, behind two checks that keep it away from almost every hit.</summary>
/// <remarks>
/// <para>−ln(u) of a random number of 53 bits is below 37, so <see cref="EarlyRefresh"/> never says yes to an entry that has more than 40·δ·β left. The first check compares with the longest
/// such window of any load seen: it touches only what every hit touches anyhow, for an entry's own δ lies on another cache line.</para>
/// <para>Best effort: an entry that another process loaded, more slowly than any load seen here, is refreshed here only after a read of it went through <see cref="Saw"/>.</para>
/// </remarks>
internal sealed class RefreshWindow(ICacheTier tier, LoadOptions options)
{
    private const double Farthest = 40;

    private long _longest;

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
        return longest != 0 && entry.FreshUntil - tier.CoarseNow <= longest && Decide(entry);
    }

    private bool Decide(CacheEntry entry)
    {
        var now = tier.Now;
        return entry.LoadMicros > 0 && !entry.IsDirty && entry.FreshUntil < entry.ExpiresAt && entry.FreshUntil - now <= Of(entry.LoadMicros)
            && EarlyRefresh.ShouldRefresh(now, entry.FreshUntil, entry.LoadMicros, options.EarlyRefreshBeta, Random.Shared.NextDouble());
    }

    private long Of(long loadMicros) => (long)Math.Min(loadMicros * options.EarlyRefreshBeta * Farthest, TimeSpan.TicksPerDay);
}

using Remanso.Entries;

namespace Remanso.Redis.Tier;

/// <summary>Microseconds as the scripts take them: small enough for doubles, sums included.</summary>
internal static class Micros
{
    // 71 years: a moment of this century plus a TTL plus a grace period stays below 2^53.
    private const long Longest = 1L << 51;

    /// <summary>The microseconds of a duration, 0 to 71 years.</summary>
    public static long Of(TimeSpan duration) => Math.Clamp(duration.Ticks / TimeSpan.TicksPerMicrosecond, 0, Longest);

    /// <summary>The milliseconds of a duration, at least 1.</summary>
    public static long Milliseconds(TimeSpan duration) => Math.Max(1, Of(duration) / 1000);

    /// <summary>A time as a field: 0 for never, and for what is as good as never.</summary>
    public static long ToField(long time) => time > VersionIssuer.Highest ? 0 : time;

    /// <summary>The time of a field.</summary>
    public static long FromField(long field) => field == 0 ? CacheEntry.Never : field;
}

namespace Remanso.Common;

/// <summary>Times as tiers and stores keep them: microseconds since 1970 (UTC).</summary>
internal static class Micros
{
    private static readonly long _last = (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>A time for people; null for one that stands for "never", or that no calendar has.</summary>
    public static DateTimeOffset? ToTime(long micros) =>
        micros is < 0 || micros > _last ? null : DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);
}

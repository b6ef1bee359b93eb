namespace Remanso.Load;

/// <summary>The monotonic clock, in nanoseconds since some moment.</summary>
internal static class Clock
{
    private static readonly double _nanosecondsPerTick = 1e9 / TimeProvider.System.TimestampFrequency;

    public static long Now => (long)(TimeProvider.System.GetTimestamp() * _nanosecondsPerTick);

    public static long From(TimeSpan time) => (long)time.TotalNanoseconds;
}

namespace Remanso.Tiers;

// Measured over 100,000 keys, asking the clock with each read cost 100 to 200 ns, ten times the call's own time: behind
// the way into the runtime the processor can't fetch the next key's memory ahead. So a timer asks, every Period, once
// for the whole process. A starved thread pool makes it late, and TTLs longer by as much, never shorter.

/// <summary>
/// The system's monotonic clock as of some milliseconds ago, for reads: a memory access instead of a call.
/// </summary>
internal static class CoarseTicks
{
    /// <summary>How far the clock may lag behind.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(10);

    private static readonly Timer _timer = new(static _ => Tick(), state: null, Period, Period);
    private static long _micros = Ask();

    /// <summary>Microseconds since some moment, as of the last tick.</summary>
    public static long Micros => Volatile.Read(ref _micros);

    /// <summary>Asks the clock, and lets everybody see the answer.</summary>
    public static long Tick()
    {
        GC.KeepAlive(_timer);
        var now = Ask();
        Volatile.Write(ref _micros, now);
        return now;
    }

#pragma warning disable RS0030 // The one place that asks the system past TimeProvider: it serves no clock that a test could move.
    private static long Ask() => Environment.TickCount64 * 1000;
#pragma warning restore RS0030
}

using System.Runtime.CompilerServices;

namespace Remanso.Tiers;

// Measured over 100,000 keys, asking the clock with each read cost 100 to 200 ns, ten times the call's own time: behind
// the way into the runtime the processor can't fetch the next key's memory ahead. So a timer asks, every Period, once
// for the whole process. A starved thread pool makes it late, and TTLs longer by as much, never shorter.
//
// A timer that ticks a hundred times a second takes some 4 % of a core, for nothing where nobody reads: it stops a
// second after the last read, and the next read starts it anew. A tick leaves nothing but zero: the first read after it
// asks the clock, and all others cost no more than the look whether it is zero.

/// <summary>
/// A monotonic clock as of some milliseconds ago, for reads: a memory access instead of a call.
/// </summary>
internal sealed class CoarseTicks : IDisposable
{
    /// <summary>How far the clock may lag behind.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(10);

    private const int UnreadTicks = 100;

    private readonly Lock _lock = new();
    private readonly Func<long> _ask;
    private readonly ITimer _timer;
    private int _unread = UnreadTicks;

    // As of the first read after the last tick; zero before it.
    private long _micros;

    /// <param name="time">Whose timer asks the clock.</param>
    /// <param name="ask">Microseconds since some moment.</param>
    public CoarseTicks(TimeProvider time, Func<long> ask)
    {
        _ask = ask;
        _timer = time.CreateTimer(static me => ((CoarseTicks)me!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The system's clock.</summary>
#pragma warning disable RS0030 // The one place that asks the system past TimeProvider: it serves no clock that a test could move.
    public static CoarseTicks System { get; } = new(TimeProvider.System, static () => Environment.TickCount64 * 1000);
#pragma warning restore RS0030

    /// <summary>Microseconds since some moment, as of the last tick or a moment after it.</summary>
    public long Micros
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref _micros) is > 0 and var micros ? micros : FirstRead();
    }

    /// <summary>Asks the clock, and lets everybody see the answer.</summary>
    public long Tick()
    {
        var now = _ask();
        if (Volatile.Read(ref _micros) is > 0 and var before)
        {
            // Writers come here, so without the lock: whoever was faster has asked as well.
            Interlocked.CompareExchange(ref _micros, now, before);
        }

        return now;
    }

    public void Dispose() => _timer.Dispose();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private long FirstRead()
    {
        lock (_lock)
        {
            if (_micros == 0)
            {
                if (_unread == UnreadTicks)
                {
                    _unread = 0;
                    _timer.Change(Period, Period);
                }

                Volatile.Write(ref _micros, _ask());
            }

            return _micros;
        }
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            // A tick may have been under way when the timer stopped.
            if (_unread == UnreadTicks)
            {
                return;
            }

            _unread = _micros > 0 ? 0 : _unread + 1;
            if (_unread == UnreadTicks)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }

            Volatile.Write(ref _micros, 0);
        }
    }
}

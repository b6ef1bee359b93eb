using Remanso.Testing;
using Remanso.WriteBehind;

namespace Remanso.Server.Tests.Commands.Plan;

/// <summary>A clock that a test moves, and that knows the timers for which the flusher waits between two passes: that of
/// the flush interval, or what is left of it, and that of its rest while nothing is dirty.</summary>
internal sealed class FlushClock(TimeSpan interval) : TimeProvider
{
    private readonly ManualTimeProvider _manual = new();
    private long _armed;
    private long _dueAt = long.MaxValue;
    private bool _isAtRest;

    /// <summary>Microseconds since the start.</summary>
    public long Micros => (long)(_manual.GetUtcNow() - Start).TotalMicroseconds;

    /// <summary>How often the flusher began to wait.</summary>
    public long Armed => Volatile.Read(ref _armed);

    /// <summary>When its wait is over.</summary>
    public long DueAt => Volatile.Read(ref _dueAt);

    /// <summary>Whether it waits for a write.</summary>
    public bool IsFlusherAtRest => Volatile.Read(ref _isAtRest);

    public DateTimeOffset Start { get; } = new(2025, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => _manual.TimestampFrequency;

    public override long GetTimestamp() => _manual.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _manual.GetUtcNow();

    public void AdvanceTo(long micros) => _manual.Advance(TimeSpan.FromMicroseconds(Math.Max(0, micros - Micros)));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = _manual.CreateTimer(callback, state, dueTime, period);
        var isRest = dueTime == Flusher.LongestRest;
        if (isRest || (dueTime > TimeSpan.Zero && dueTime <= interval))
        {
            Volatile.Write(ref _isAtRest, isRest);
            Volatile.Write(ref _dueAt, Micros + (long)dueTime.TotalMicroseconds);
            Interlocked.Increment(ref _armed);
        }

        return timer;
    }
}

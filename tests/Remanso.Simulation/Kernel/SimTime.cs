namespace Remanso.Simulation.Kernel;

/// <summary>The clock of one host: timers are events, the wall clock may be wrong.</summary>
internal sealed class SimTime(SimKernel kernel, Host host) : TimeProvider
{
    /// <summary>When each world begins.</summary>
    public static DateTimeOffset Start { get; } = new(2025, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => Start.AddTicks(kernel.Now + host.ClockShift);

    public override long GetTimestamp() => kernel.Now + TimeSpan.TicksPerHour;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(kernel, host, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class SimTimer(SimKernel kernel, Host host, Action callback) : ITimer
    {
        private SimEvent? _next;
        private TimeSpan _period;
        private bool _disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _next?.Cancel();
            _next = null;
            if (_disposed)
            {
                return false;
            }

            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                _next = kernel.Schedule(host, dueTime, Fire);
            }

            return true;
        }

        public void Dispose()
        {
            _disposed = true;
            _next?.Cancel();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            _next = _period > TimeSpan.Zero ? kernel.Schedule(host, _period, Fire) : null;
            callback();
        }
    }
}

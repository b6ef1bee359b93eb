namespace Remanso.Redis.Resp;

/// <summary>
/// The client's one timer. Commands are stamped with ticks instead of times, which costs nothing, and every tick looks at
/// what is overdue: no timer and no clock call per command. So a time-out comes up to two ticks late.
/// </summary>
internal sealed class Heartbeat : IAsyncDisposable
{
    private const int TicksPerTimeout = 20;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(250);

    private readonly TimeSpan _period;
    private readonly Action<int> _beat;
    private readonly ITimer _timer;
    private int _now = 1;
    private int _beating;

    public Heartbeat(TimeSpan shortestTimeout, TimeProvider time, Action<int> beat)
    {
        var period = shortestTimeout / TicksPerTimeout;
        _period = period < Shortest ? Shortest : period > Longest ? Longest : period;
        _beat = beat;
        _timer = time.CreateTimer(static self => ((Heartbeat)self!).Tick(), this, _period, _period);
    }

    public int Now => Volatile.Read(ref _now);

    /// <summary>The tick by which at least <paramref name="timeout"/> has passed.</summary>
    public int After(TimeSpan timeout) => Now + Ticks(timeout);

    public int Ticks(TimeSpan timeout) => (int)Math.Min(Math.Ceiling(timeout / _period) + 1, int.MaxValue / 4);

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Tick()
    {
        var now = Interlocked.Increment(ref _now);
        // A tick that finds the last one still running leaves the work to the next.
        if (Interlocked.Exchange(ref _beating, 1) == 1)
        {
            return;
        }
        try
        {
            _beat(now);
        }
        finally
        {
            Volatile.Write(ref _beating, 0);
        }
    }
}

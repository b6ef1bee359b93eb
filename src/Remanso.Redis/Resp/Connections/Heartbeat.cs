namespace Remanso.Redis.Resp.Connections;

// By the system's clock it beats on a thread of its own: a timer needs a free thread of the pool, and time-outs matter
// most where there is none. Another clock beats by its own timer.

/// <summary>
/// The client's one timer. Commands are stamped with ticks instead of times, which costs nothing, and every tick looks
/// at what is overdue: no timer and no clock call per command. So a time-out comes up to two ticks late.
/// </summary>
internal sealed class Heartbeat : IAsyncDisposable
{
    private const int TicksPerTimeout = 20;
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(250);

    private readonly TimeSpan _period;
    private Action<int> _beat = static _ => { };
    private readonly ITimer? _timer;
    private readonly AutoResetEvent? _stop;
    private volatile bool _isStopped;
    private int _now = 1;
    private int _beating;

    public Heartbeat(TimeSpan shortestTimeout, TimeProvider time)
    {
        var period = shortestTimeout / TicksPerTimeout;
        _period =
            period < _shortest ? _shortest
            : period > _longest ? _longest
            : period;
        if (time == TimeProvider.System)
        {
            _stop = new(initialState: false);
        }
        else
        {
            _timer = time.CreateTimer(static self => ((Heartbeat)self!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <param name="beat">What to do at each tick; never run twice at a time.</param>
    public void Start(Action<int> beat)
    {
        _beat = beat;
        if (_timer is not null)
        {
            _timer.Change(_period, _period);
            return;
        }
        new Thread(Run) { IsBackground = true, Name = "Remanso Redis heartbeat" }.UnsafeStart();
    }

    public int Now => Volatile.Read(ref _now);

    /// <summary>The tick by which at least <paramref name="timeout"/> has passed.</summary>
    public int After(TimeSpan timeout) => Now + Ticks(timeout);

    public int Ticks(TimeSpan timeout) => (int)Math.Min(Math.Ceiling(timeout / _period) + 1, int.MaxValue / 4);

    public ValueTask DisposeAsync()
    {
        _isStopped = true;
        _stop?.Set(); // Its thread disposes of it.
        return _timer?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private void Run()
    {
        using var stop = _stop!;
        while (!_isStopped)
        {
            stop.WaitOne(_period);
            Tick();
        }
    }

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

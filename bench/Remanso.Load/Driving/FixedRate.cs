using Remanso.Load.Reporting;

namespace Remanso.Load.Driving;

/// <summary>
/// Requests are due at fixed moments, whether or not earlier ones are answered: an open loop.
/// </summary>
/// <remarks>
/// A free connection takes the next number; request n is due at <c>start + n / rate</c>, and the connection waits until
/// then. Where all connections are busy the numbers lag behind the clock: the request goes out late and its latency
/// still counts from when it was due, so a stall is seen by all the requests that it delays ("coordinated omission").
/// One thread grants the turns and sends what follows them. How late it does so is this program's own error, which
/// <see cref="Lateness"/> holds and the report shows.
/// </remarks>
internal sealed class FixedRate : IPace, IDisposable
{
    // What a waking thread may be late anyway; a shorter nap would only burn the server's processor.
    private static readonly long _nap = Clock.From(TimeSpan.FromMicroseconds(100));

    private readonly PriorityQueue<Turn, long> _waiting = new();
    private readonly Lock _gate = new();
    private readonly double _interval;
    private readonly long _start;
    private readonly Thread _granter;
    private long _number = -1;
    private volatile bool _isStopped;

    public FixedRate(double perSecond, TimeSpan duration)
    {
        _interval = 1e9 / perSecond;
        _start = Clock.Now;
        End = _start + Clock.From(duration);
        _granter = new Thread(GrantTurns) { IsBackground = true, Name = "pace" };
        _granter.Start();
    }

    public long End { get; }

    /// <summary>How long after its moment a turn was granted; to be read after <see cref="Dispose"/>.</summary>
    public Histogram Lateness { get; } = new();

    /// <summary>How many requests are due in the whole time.</summary>
    public long Scheduled => (long)Math.Ceiling((End - _start) / _interval);

    public ValueTask<long> NextAsync(Turn turn)
    {
        var due = _start + (long)(Interlocked.Increment(ref _number) * _interval);
        if (due >= End)
        {
            return new ValueTask<long>(IPace.Over);
        }

        if (due <= Clock.Now)
        {
            return new ValueTask<long>(due);
        }

        var wait = turn.WaitAsync();
        lock (_gate)
        {
            _waiting.Enqueue(turn, due);
        }

        return wait;
    }

    public void Dispose()
    {
        _isStopped = true;
        // Where the answer to the last request was there at once, what follows it runs on the granter itself.
        if (Thread.CurrentThread != _granter)
        {
            _granter.Join();
        }
    }

    private void GrantTurns()
    {
        while (!_isStopped)
        {
            var now = Clock.Now;
            while (TryTake(now, out var turn, out var due))
            {
                Lateness.Record(now - due);
                turn.Grant(due);
                now = Clock.Now;
            }

            Nap.For(_nap);
        }
    }

    private bool TryTake(long now, out Turn turn, out long due)
    {
        lock (_gate)
        {
            return _waiting.TryPeek(out turn!, out due) && due <= now && _waiting.TryDequeue(out turn!, out due);
        }
    }
}

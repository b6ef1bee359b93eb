using System.Globalization;

namespace Remanso.Simulation.Kernel;

// The pool of this process has one thread, and nothing here knows a real clock, socket or disk. So all code between two
// events runs in one order, that of the pool's queue, and the events alone decide what happens: each reply, timer, pause
// and crash is one. Their times are drawn from the seed, as is the order of those that are due at once.
//
// The driver is work of the pool itself: when it finds nothing queued, everything is done that the last event set off.

/// <summary>The scheduler of a simulated world: events on a clock that nobody waits for.</summary>
internal sealed class SimKernel(ulong seed)
{
    private const long MostEvents = 100_000;
    private const int MostTurns = 1_000_000;

    private readonly PriorityQueue<SimEvent, (long Due, ulong Tie)> _events = new();
    private readonly Dice _ties = new(seed ^ 0x5EED);
    private int _stampsNow;
    private readonly CancellationTokenSource _patience = new();
    private ViolationException? _failure;

    /// <summary>Ticks (100 ns) since the world began.</summary>
    public long Now { get; private set; }

    /// <summary>How many events have happened.</summary>
    public long Happened { get; private set; }

    /// <summary>Cancelled once it is late: who waits for something that may never come gives up then.</summary>
    public CancellationToken Patience => _patience.Token;

    /// <summary>A hash over what happened when and where: two runs of a seed that are the same have the same.</summary>
    public ulong Fingerprint { get; private set; } = 14695981039346656037;

    /// <summary>Hears what happens; null: nobody does.</summary>
    public Action<string>? Trace { get; set; }

    /// <summary>A moment, above all earlier ones: it orders calls and answers.</summary>
    public long Stamp() => At(Now) + ++_stampsNow;

    /// <summary>The first moment of a time.</summary>
    public static long At(long ticks) => Math.Max(0, ticks) << 14;

    /// <summary>Ends the world: something happened that must not.</summary>
    public void Fail(ViolationException violation) => _failure ??= violation;

    public void Note(string what) =>
        Trace?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromTicks(Now).TotalMilliseconds:0.000} ms  {what}"));

    /// <summary>Lets something happen on a host, later.</summary>
    public SimEvent Schedule(Host host, TimeSpan after, Action action)
    {
        var happening = new SimEvent(host, action);
        _events.Enqueue(happening, (Now + Math.Max(0, after.Ticks), _ties.NextUInt64()));
        return happening;
    }

    /// <summary>Completes on a host, later.</summary>
    public Task Delay(Host host, TimeSpan after)
    {
        var done = new TaskCompletionSource();
        Schedule(host, after, done.SetResult);
        return done.Task;
    }

    /// <summary>Runs the world until its story is over.</summary>
    /// <param name="story">What is waited for.</param>
    /// <param name="limit">How long it may take, by the simulated clock.</param>
    /// <param name="afterEach">Looks at the world after each event.</param>
    /// <exception cref="ViolationException">The story comes to no end.</exception>
    public async Task RunAsync(Task story, TimeSpan limit, Action afterEach)
    {
        while (true)
        {
            for (var turns = 0; ThreadPool.PendingWorkItemCount > 0; turns++)
            {
                if (turns > MostTurns)
                {
                    throw new ViolationException("work makes more work, for ever and without time passing");
                }

                await Task.Yield();
            }

            afterEach();
            if (_failure is not null)
            {
                throw _failure;
            }

            if (story.IsCompleted)
            {
                await story;
                return;
            }

            if (!_events.TryDequeue(out var happening, out var when))
            {
                throw new ViolationException(
                    $"nothing can happen any more after {TimeSpan.FromTicks(Now).TotalSeconds:0.000} s, and somebody still waits"
                );
            }

            Happen(happening, when.Due);
            if (Now > limit.Ticks / 3 && !_patience.IsCancellationRequested)
            {
                await _patience.CancelAsync();
            }

            if (Now > limit.Ticks || Happened > MostEvents)
            {
                throw new ViolationException(
                    $"it goes on after {TimeSpan.FromTicks(Now).TotalSeconds:0} s of simulated time and {Happened} events: "
                        + "somebody waits in vain"
                );
            }
        }
    }

    private void Happen(SimEvent happening, long due)
    {
        if (happening.IsCancelled || happening.Host.IsDead)
        {
            return;
        }

        if (due > Now)
        {
            (Now, _stampsNow) = (due, 0);
        }

        if (happening.Host.PausedUntil > Now)
        {
            _events.Enqueue(happening, (happening.Host.PausedUntil, _ties.NextUInt64()));
            return;
        }

        Happened++;
        Fingerprint = (Fingerprint ^ (ulong)Now ^ ((ulong)happening.Host.Name[0] << 56)) * 1099511628211;
        happening.Action();
    }
}

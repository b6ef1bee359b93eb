using System.Collections.Concurrent;

namespace Remanso.ReadThrough;

/// <summary>Beats by the system's clock on one thread for all, which is not the pool's: a timer needs a free thread of that.</summary>
internal sealed class SteadyBeat : IDisposable
{
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(5);
    private static readonly ConcurrentDictionary<SteadyBeat, byte> _all = new();
    private static readonly Lazy<Thread> _thread = new(StartThread);

    private readonly Action _beat;
    private readonly TimeSpan _every;
    private long _last = TimeProvider.System.GetTimestamp();

    private SteadyBeat(Action beat, TimeSpan every)
    {
        _beat = beat;
        _every = every;
    }

    /// <param name="beat">What to do; it neither blocks nor throws.</param>
    /// <param name="every">How often.</param>
    /// <returns>Ends it.</returns>
    public static SteadyBeat Start(Action beat, TimeSpan every)
    {
        var steady = new SteadyBeat(beat, every);
        _all.TryAdd(steady, 0);
        _ = _thread.Value;
        return steady;
    }

    public void Dispose() => _all.TryRemove(this, out _);

    private static Thread StartThread()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "Remanso fill leases" };
        thread.UnsafeStart();
        return thread;
    }

    private static void Run()
    {
        using var pause = new ManualResetEvent(initialState: false);
        while (true)
        {
            var wait = _longest;
            foreach (var (steady, _) in _all)
            {
                wait = steady._every / 2 < wait ? steady._every / 2 : wait;
                if (TimeProvider.System.GetElapsedTime(steady._last) >= steady._every)
                {
                    steady._last = TimeProvider.System.GetTimestamp();
                    steady._beat();
                }
            }

            pause.WaitOne(wait < _shortest ? _shortest : wait);
        }
    }
}

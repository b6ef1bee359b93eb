using System.Collections.Concurrent;

namespace Remanso.Redis.Resp.Connections;

// Callers are woken here, and writers run: on threads of the pool, never on one that reads replies, and with nothing held or left open.
//
// A turn wakes one caller after the other. What a caller does then is its own business: it may block the thread for as
// long as it likes. So before each of them another turn is asked for if there is anything left to do, at most one at a
// time. Where nobody blocks, that costs a hop of the pool for a whole batch of replies; where somebody does, the rest
// goes on elsewhere, and as many callers run at once as the pool has threads.
//
// Woken callers issue commands. Their writer waits in a queue of its own, behind the callers: so what they issue leaves
// in one write. After a few callers it runs first, so that the server has something to do while the others are woken,
// and then after more and more.
//
// A pool without a free thread (all of them wait for replies, the usual end of synchronous calls in a burst) is stood
// in for: a thread of ours looks whether the turn that was asked for has begun. If not within a moment, stand-ins take
// the turns until the pool is back. They may be blocked, too, so there may be several; their number is bounded.

/// <summary>Wakes callers and runs writers, for all connections of the process.</summary>
internal static class Turns
{
    private const int FirstWrite = 16;
    private const int LargestWrite = 128;
    private const int MostStandIns = 16;
    private const int QuietLooks = 50;

    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _lookEveryWhenQuiet = TimeSpan.FromMilliseconds(250);
    private static readonly ConcurrentQueue<RespCommand> _callers = new();
    private static readonly ConcurrentQueue<CommandWriter> _writers = new();
    private static readonly Turn _turn = new();
    private static readonly AutoResetEvent _workForStandIns = new(initialState: false);
    private static readonly Lazy<Thread> _watch = new(static () => StartThread(Watch, "Remanso Redis watch"));
    private static int _isAsked;
    private static int _standIns;
    private static long _begun;
    private static long _done;

    /// <summary>Has a thread of ours look after the pool from now on.</summary>
    public static void StartWatch() => _ = _watch.Value;

    /// <summary>Queues a command whose caller is to be woken; <see cref="Ask"/> is to follow.</summary>
    public static void Add(RespCommand command) => _callers.Enqueue(command);

    /// <summary>Wakes the caller of a command soon.</summary>
    public static void Wake(RespCommand command)
    {
        _callers.Enqueue(command);
        Ask();
    }

    /// <summary>Runs a writer soon, behind the callers that are to be woken.</summary>
    public static void Wake(CommandWriter writer)
    {
        _writers.Enqueue(writer);
        Ask();
    }

    /// <summary>Asks for a turn if there is anything to do.</summary>
    public static void Ask()
    {
        if (IsIdle)
        {
            return;
        }
        if (Volatile.Read(ref _isAsked) == 0 && Interlocked.Exchange(ref _isAsked, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_turn, preferLocal: false);
        }
        if (Volatile.Read(ref _standIns) > 0)
        {
            _workForStandIns.Set();
        }
    }

    private static bool IsIdle => _callers.IsEmpty && _writers.IsEmpty;

    private static void Take()
    {
        var step = FirstWrite;
        var left = step;
        while (true)
        {
            if (left > 0 && _callers.TryDequeue(out var command))
            {
                left--;
                Ask();
                command.Signal();
            }
            else if (_writers.TryDequeue(out var writer))
            {
                Ask();
                writer.Run();
            }
            else if (left > 0)
            {
                return;
            }
            else
            {
                step = Math.Min(2 * step, LargestWrite);
                left = step;
            }
            _done++; // Not exact, and need not be: it only tells that something moves.
        }
    }

    private static void Watch()
    {
        using var pause = new AutoResetEvent(initialState: false);
        var quiet = 0;
        while (true)
        {
            var (begun, done) = (Volatile.Read(ref _begun), Volatile.Read(ref _done));
            pause.WaitOne(quiet > QuietLooks ? _lookEveryWhenQuiet : _lookEvery);
            quiet = Volatile.Read(ref _isAsked) == 0 ? quiet + 1 : 0;
            var isStuck = quiet == 0 && Volatile.Read(ref _begun) == begun && Volatile.Read(ref _done) == done && !IsIdle;
            if (isStuck && Volatile.Read(ref _standIns) < MostStandIns)
            {
                Interlocked.Increment(ref _standIns);
                StartThread(StandIn, "Remanso Redis stand-in");
            }
        }
    }

    private static void StandIn()
    {
        var begun = Volatile.Read(ref _begun);
        do
        {
            Take();
            _workForStandIns.WaitOne(_lookEvery);
        } while (Volatile.Read(ref _begun) == begun);
        Interlocked.Decrement(ref _standIns);
    }

    private static Thread StartThread(ThreadStart run, string name)
    {
        var thread = new Thread(run) { IsBackground = true, Name = name };
        thread.UnsafeStart();
        return thread;
    }

    private sealed class Turn : IThreadPoolWorkItem
    {
        public void Execute()
        {
            Volatile.Write(ref _isAsked, 0);
            // Before the look into the queues: what is added from now on asks again, what was added before is seen.
            Interlocked.MemoryBarrier();
            Interlocked.Increment(ref _begun);
            Take();
        }
    }
}

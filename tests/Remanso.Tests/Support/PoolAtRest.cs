using System.Threading.Channels;

namespace Remanso.Tests.Support;

// Looked at by a thread that is not the pool's: a question asked from within it would keep it busy. On a crowded machine
// each look is taken from those who are to come to rest. So the pool's own counts are looked at first, and what the system
// says of its threads, which is a hundred times dearer, only where a thread is busy that has done nothing since the last
// look; and while the pool has something to do, the looks are ever longer apart.

/// <summary>Whether the thread pool has nothing to do but what a test blocks.</summary>
internal static class PoolAtRest
{
    private const int Looks = 3;

    // Before that, a thread that the pool calls busy is waited for without a look at what the system says of it.
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan _rest = TimeSpan.FromMilliseconds(250);

    // For so long it is looked again at once: most steps of a test are over by then.
    private static readonly TimeSpan _step = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);
    private static readonly ManualResetEvent _never = new(initialState: false);
    private static readonly Channel<TaskCompletionSource> _asked = Channel.CreateUnbounded<TaskCompletionSource>();

    static PoolAtRest() => new Thread(Look) { IsBackground = true, Name = "pool at rest" }.Start();

    /// <summary>Waits for it.</summary>
    /// <exception cref="TimeoutException">It did not come to rest within two minutes.</exception>
    public static Task WaitAsync()
    {
        var atRest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Writer.TryWrite(atRest);
        return atRest.Task;
    }

    private static void Look()
    {
        while (_asked.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_asked.Reader.TryRead(out var atRest))
            {
                if (ComesToRest())
                {
                    atRest.SetResult();
                }
                else
                {
                    atRest.SetException(new TimeoutException($"The pool did not come to rest: {Describe()}"));
                }
            }
        }
    }

    private static bool ComesToRest()
    {
        var began = TimeProvider.System.GetTimestamp();
        var done = -1L;
        var pause = TimeSpan.FromMilliseconds(1);
        for (var quiet = 0; quiet < Looks; quiet++)
        {
            var before = done;
            done = ThreadPool.CompletedWorkItemCount;
            var waited = TimeProvider.System.GetElapsedTime(began);
            if (ThreadPool.PendingWorkItemCount == 0 && (!IsBusy() || (done == before && IsBlocked(waited))))
            {
                Thread.SpinWait(50);
                continue;
            }

            if (waited > _patience)
            {
                return false;
            }

            quiet = -1;
            if (waited < _step)
            {
                Thread.Yield();
            }
            else
            {
                // A timer would be work of the pool.
                _never.WaitOne(pause);
                pause = pause * 1.25 < _longestPause ? pause * 1.25 : _longestPause;
            }
        }

        return true;
    }

    private static bool IsBusy()
    {
        ThreadPool.GetMaxThreads(out var all, out _);
        ThreadPool.GetAvailableThreads(out var idle, out _);
        return idle < all;
    }

    private static bool IsBlocked(TimeSpan waited) => waited > _moment && (OperatingSystem.IsLinux() ? !IsAnyRunning() : waited > _rest);

    /// <summary>Whether a thread of the pool runs, or could if there were a processor for it.</summary>
    private static bool IsAnyRunning() => Threads().Any(static thread => !thread.Contains(") S ", StringComparison.Ordinal));

    private static string Describe() =>
        $"{ThreadPool.PendingWorkItemCount} items wait, {ThreadPool.ThreadCount} threads"
        + (
            OperatingSystem.IsLinux()
                ? $": {string.Join(", ", Threads().Select(static thread => thread[..(thread.IndexOf(')') + 3)]))}"
                : ""
        );

    /// <summary>What the system says of each thread of the pool: "12 (.NET TP Worker) S 1 …" is one that sleeps, and else it
    /// runs or waits for the disk.</summary>
    private static IEnumerable<string> Threads()
    {
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            string state;
            try
            {
                state = File.ReadAllText($"{thread}/stat");
            }
            catch (IOException)
            {
                // It has ended.
                continue;
            }

            if (state.Contains("(.NET TP Worker)", StringComparison.Ordinal))
            {
                yield return state;
            }
        }
    }
}

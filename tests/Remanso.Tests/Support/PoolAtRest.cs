using System.Threading.Channels;

namespace Remanso.Tests.Support;

// Looked at by a thread that is not the pool's: a question asked from within it would keep it busy.

/// <summary>Whether the thread pool has nothing to do but what a test blocks.</summary>
internal static class PoolAtRest
{
    private const int Looks = 3;

    // Before that, a thread that the pool calls busy is waited for without a look at what the system says of it.
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan _rest = TimeSpan.FromMilliseconds(250);
    private static readonly Channel<TaskCompletionSource> _asked = Channel.CreateUnbounded<TaskCompletionSource>();

    static PoolAtRest() => new Thread(Look) { IsBackground = true, Name = "pool at rest" }.Start();

    /// <summary>Waits for it.</summary>
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
                var began = TimeProvider.System.GetTimestamp();
                for (var quiet = 0; quiet < Looks; quiet++)
                {
                    if (ThreadPool.PendingWorkItemCount > 0 || (IsBusy() && !IsBlocked(TimeProvider.System.GetElapsedTime(began))))
                    {
                        quiet = -1;
                        Thread.Yield();
                    }
                    else
                    {
                        Thread.SpinWait(50);
                    }
                }

                atRest.SetResult();
            }
        }
    }

    private static bool IsBusy()
    {
        ThreadPool.GetMaxThreads(out var all, out _);
        ThreadPool.GetAvailableThreads(out var idle, out _);
        return idle < all;
    }

    private static bool IsBlocked(TimeSpan waited) => waited > _moment && (OperatingSystem.IsLinux() ? !IsAnyRunning() : waited > _rest);

    /// <summary>Whether a thread of the pool runs, or could if there were a processor for it.</summary>
    private static bool IsAnyRunning()
    {
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            try
            {
                // "12 (.NET TP Worker) S 1 …": sleeping, and else running or on the disk.
                var state = File.ReadAllText($"{thread}/stat");
                if (state.Contains("(.NET TP Worker)", StringComparison.Ordinal) && !state.Contains(") S ", StringComparison.Ordinal))
                {
                    return true;
                }
            }
            catch (IOException)
            {
                // It has ended.
            }
        }

        return false;
    }
}

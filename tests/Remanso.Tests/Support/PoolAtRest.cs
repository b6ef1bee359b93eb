namespace Remanso.Tests.Support;

/// <summary>Whether the thread pool has nothing to do but what a test blocks.</summary>
internal static class PoolAtRest
{
    // A pool that is at rest in a moment needs no look at its threads.
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan _rest = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits for it.</summary>
    public static async Task WaitAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var quiet = 0; quiet < 3; quiet++)
        {
            await Task.Yield();
            while (ThreadPool.PendingWorkItemCount > 0 || (OthersAreBusy() && !AreBlocked(TimeProvider.System.GetElapsedTime(began))))
            {
                quiet = 0;
                await Task.Yield();
            }
        }
    }

    // The thread that asks works, too.
    private static bool OthersAreBusy()
    {
        ThreadPool.GetMaxThreads(out var all, out _);
        ThreadPool.GetAvailableThreads(out var idle, out _);
        return all - idle > 1;
    }

    private static bool AreBlocked(TimeSpan waited) =>
        waited > _moment && (OperatingSystem.IsLinux() ? RunningThreads() <= 1 : waited > _rest);

    /// <summary>Threads of the pool that run or could, if there were a processor for them.</summary>
    private static int RunningThreads()
    {
        var running = 0;
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            try
            {
                // "12 (.NET TP Worker) S 1 …": sleeping, and else running or on the disk.
                var state = File.ReadAllText($"{task}/stat");
                running +=
                    state.Contains("(.NET TP Worker)", StringComparison.Ordinal) && !state.Contains(") S ", StringComparison.Ordinal)
                        ? 1
                        : 0;
            }
            catch (IOException)
            {
                // It has ended.
            }
        }

        return running;
    }
}

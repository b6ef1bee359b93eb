using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Remanso.Hosting;
using Remanso.Testing;
using Xunit;

namespace Remanso.Tests.Hosting;

/// <summary>A start that fails when nobody waits for it any more.</summary>
public sealed class GivenUpStartTests
{
    private const string Failure = "planted-and-overlooked-at-the-start";

    [Fact]
    public async Task Its_failure_is_nobodys()
    {
        var overlooked = new ConcurrentQueue<string>();
        void Hear(object? sender, UnobservedTaskExceptionEventArgs told) => overlooked.Enqueue(told.Exception.ToString());
        TaskScheduler.UnobservedTaskException += Hear;
        try
        {
            for (var i = 0; i < 3; i++)
            {
                await StartAndGiveUpAsync();
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Hear;
        }

        // Of other tests there may be others.
        Assert.DoesNotContain(overlooked, static error => error.Contains(Failure, StringComparison.Ordinal));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task StartAndGiveUpAsync()
    {
        var gate = new TaskCompletionSource();
        var starts = 0;
        using var life = new CacheLife(
            _ => Interlocked.Increment(ref starts) == 1 ? gate.Task : Task.CompletedTask,
            static () => Task.CompletedTask,
            new ManualTimeProvider()
        );
        await GiveUpAsync();
        gate.SetException(new InvalidOperationException(Failure));

        // One that ended makes room for the next.
        while (Volatile.Read(ref starts) < 2)
        {
            await GiveUpAsync();
            await Task.Yield();
        }

        async Task GiveUpAsync() =>
            await life.StartAsync(new CancellationToken(canceled: true)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Remanso.AspNetCore.Dashboard;
using Remanso.AspNetCore.Endpoints;
using Remanso.Testing;

namespace Remanso.Server.Tests.Dashboard;

/// <summary>What is asked once for many may fail when none of them waits any more: then it is nobody's error.</summary>
public sealed class OverlookedFailureTests
{
    private const string Failure = "planted-and-overlooked";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public Task Processes_that_nobody_waits_for_any_more() =>
        MustNotBeReportedAsync(async gate =>
        {
            var endpoint = new ProcessesEndpoint(new AskedRegistry("a") { Gate = gate.Task }, _time);
            var asked = endpoint.InvokeAsync(new DefaultHttpContext());
            await _time.WaitForTimersAsync(1);
            _time.Advance(_patience);
            await Assert.ThrowsAsync<TierUnavailableException>(() => asked);
        });

    [Fact]
    public Task Figures_that_nobody_looks_at_any_more() =>
        MustNotBeReportedAsync(async gate =>
        {
            var sampler = new DashboardSampler(new AskedRegistry("a") { Gate = gate.Task }, _time, 1, CancellationToken.None);
            using (sampler.TryEnter())
            {
                await _time.WaitForTimersAsync(1);
            }

            await sampler.Running.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        });

    private static async Task MustNotBeReportedAsync(Func<TaskCompletionSource, Task> askAndGiveUp)
    {
        var overlooked = new ConcurrentQueue<string>();
        void Hear(object? sender, UnobservedTaskExceptionEventArgs told) => overlooked.Enqueue(told.Exception.ToString());
        TaskScheduler.UnobservedTaskException += Hear;
        try
        {
            for (var i = 0; i < 3; i++)
            {
                await FailLaterAsync(askAndGiveUp);
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
    private static async Task FailLaterAsync(Func<TaskCompletionSource, Task> askAndGiveUp)
    {
        var gate = new TaskCompletionSource();
        await askAndGiveUp(gate);
        gate.SetException(new InvalidOperationException(Failure));

        // The test's own end of the gate is no question.
        _ = gate.Task.Exception;
    }
}

using Remanso.ReadThrough;
using Remanso.Schedules.Engine;
using Remanso.Stores;
using Remanso.Testing;

namespace Remanso.Schedules.Scenarios;

/// <summary>Two keys in one query. The caller of one gives up just when his time is over: he leaves once, and the query
/// goes on for the other. LoadBatcher.</summary>
internal static class BatcherLeaveScenario
{
    private static readonly TimeSpan _half = TimeSpan.FromSeconds(1);

    public static Scenario Scenario { get; } = new("load-batcher-leave", RunAsync) { Schedules = 300 };

    private static async Task RunAsync()
    {
        var time = new ManualTimeProvider();
        var store = new Held();
        var options = new LoadOptions
        {
            MaxConcurrent = 1,
            MaxBatch = 2,
            Timeout = 2 * _half,
        };
        var batcher = new LoadBatcher("test", store, options, time, counters: null, meter: null);
        using var giveUp = new CancellationTokenSource();
        var first = batcher.LoadAsync("first", default).AsTask();
        var leaves = batcher.LoadAsync("leaves", giveUp.Token).AsTask();
        time.Advance(_half);
        var stays = batcher.LoadAsync("stays", default).AsTask();
        store.First.SetResult();
        await first;
        await store.Second.Task;

        await Task.WhenAll(Task.Run(() => time.Advance(_half)), Task.Run(() => giveUp.Cancel()));
        try
        {
            await leaves;
            Must.Hold(false, "who gave up got a row");
        }
        catch (Exception exception) when (exception is OperationCanceledException or TimeoutException)
        {
            // Whichever came first.
        }

        store.End.SetResult();
        Must.Hold((await stays) is { Key: "stays" }, "who stayed got no row");
    }

    /// <summary>The first query waits for the test, and so does the second, which heeds its token.</summary>
    private sealed class Held : IBackingStore<string, ReadOnlyMemory<byte>>
    {
        public TaskCompletionSource First { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Second { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask InitializeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        )
        {
            if (keys.Count == 1)
            {
                await First.Task;
            }
            else
            {
                Second.SetResult();
                await End.Task;
                cancellationToken.ThrowIfCancellationRequested();
            }

            return
            [
                .. keys.Select(static key => new StoreRow<string, ReadOnlyMemory<byte>>
                {
                    Key = key,
                    Value = TierBed.Bytes(key),
                    Version = 1,
                }),
            ];
        }

        public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
            IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();
    }
}

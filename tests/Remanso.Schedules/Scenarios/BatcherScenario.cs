using Remanso.ReadThrough;
using Remanso.Schedules.Engine;
using Remanso.Stores;
using Remanso.Testing;

namespace Remanso.Schedules.Scenarios;

/// <summary>Keys that are missed at the same time, with room for one query, a caller who gives up, and a query that fails: never more
/// queries than
/// there is room for, everybody gets his own row or the reason, and nobody waits for ever. LoadBatcher.</summary>
internal static class BatcherScenario
{
    public static Scenario Scenario { get; } = new("load-batcher", RunAsync);

    private static async Task RunAsync()
    {
        var store = new OneAtATime();
        var options = new LoadOptions { MaxConcurrent = 1, MaxBatch = 2 };
        var batcher = new LoadBatcher("test", store, options, new ManualTimeProvider(), counters: null, meter: null);
        using var giveUp = new CancellationTokenSource();
        await Task.WhenAll(
            Task.Run(() => AskAsync("a", default)),
            Task.Run(() => AskAsync("b", default)),
            Task.Run(() => AskAsync("b", giveUp.Token)),
            Task.Run(() => AskAsync("c", default)),
            Task.Run(() => giveUp.Cancel())
        );

        // Whatever went before, there is room again.
        await AskAsync("d", default);

        async Task AskAsync(string key, CancellationToken token)
        {
            try
            {
                var row = await batcher.LoadAsync(key, token);
                Must.Hold(row is { } found && found.Key == key, $"who asked for {key} got {row?.Key}");
            }
            catch (OperationCanceledException)
            {
                Must.Hold(token.IsCancellationRequested, "who did not give up was told that he had");
            }
            catch (StoreException)
            {
                Must.Hold(store.HasFailed, "a failure that the store did not have");
            }
        }
    }

    private sealed class OneAtATime : IBackingStore<string, ReadOnlyMemory<byte>>
    {
        private int _running;
        private int _asked;

        public bool HasFailed { get; private set; }

        public ValueTask InitializeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        )
        {
            Must.Hold(Interlocked.Increment(ref _running) == 1, "two queries run where there is room for one");
            Must.Hold(
                keys.Count <= 2 && keys.Distinct(StringComparer.Ordinal).Count() == keys.Count,
                "a query is too large, or asks twice"
            );
            var number = Interlocked.Increment(ref _asked);
            await Task.Yield();
            Interlocked.Decrement(ref _running);
            if (number == 2)
            {
                HasFailed = true;
                throw new StoreException("away", isTransient: true);
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

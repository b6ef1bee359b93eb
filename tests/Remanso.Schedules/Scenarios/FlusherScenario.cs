using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Entries;
using Remanso.Schedules.Engine;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;
using Remanso.WriteBehind;

namespace Remanso.Schedules.Scenarios;

/// <summary>The flusher itself, asked twice at once while a key is written, in front of a store whose first save fails: clean implies
/// stored, and after a
/// flush that reports nothing wrong all that was accepted before is stored. Flusher, BatchSaver, PartitionLeases.</summary>
internal static class FlusherScenario
{
    public static Scenario Scenario { get; } = new("flusher", RunAsync);

    private static async Task RunAsync()
    {
        var bed = new TierBed();
        var parts = new CacheParts
        {
            Tier = bed.Tier,
            AtOnce = bed.Tier,
            Outages = new TierOutages(bed.Tier, bed.Time, NullLogger.Instance),
            Options = new CacheOptions(),
            Tagging = new Tagging(compute: null, most: 16),
            Time = bed.Time,
            Counters = new CacheCounters(),
            Logger = NullLogger.Instance,
        };
        var store = new Store(bed);
        using var flusher = new Flusher(parts, store, static () => false);
        await Task.WhenAll(
            Task.Run(async () =>
            {
                await bed.WriteAsync("one");
                await bed.WriteAsync("two");
            }),
            Task.Run(() => FlushAsync("three")),
            Task.Run(() => FlushAsync(null)),
            Task.Run(() => bed.WatchAsync(2))
        );
        for (var passes = 0; passes < 3 && bed.Tier.Dirty.Entries > 0; passes++)
        {
            await flusher.FlushAsync(default, default);
        }

        Must.Hold(bed.Tier.Dirty.Entries == 0, "something is dirty after the last flush");
        bed.Look();

        async Task FlushAsync(string? value)
        {
            var version = value is null ? 0 : await bed.WriteAsync(value);
            var worksAgain = store.HasFailed;
            var report = await flusher.FlushAsync(default, default);
            Must.Hold(
                store.HasFailed || report.Failed.Count > 0 || bed.Row >= version,
                $"version {version} was flushed, and the store has {bed.Row}"
            );
            bed.Look();
        }
    }

    private sealed class Store(TierBed bed) : IBackingStore<string, ReadOnlyMemory<byte>>
    {
        private int _saves;

        public bool HasFailed => Volatile.Read(ref _saves) > 0;

        public ValueTask InitializeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public async ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
            IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
            CancellationToken cancellationToken
        )
        {
            await Task.Yield();
            if (Interlocked.Increment(ref _saves) == 1)
            {
                throw new StoreException("away", isTransient: true);
            }

            var outcomes = new List<SaveOutcome>();
            foreach (var write in batch)
            {
                var before = bed.Row;
                var row = bed.Save(new CacheEntry { Version = write.Version, Value = write.Value });
                outcomes.Add(
                    row > write.Version ? SaveOutcome.Superseded(row)
                    : before == write.Version ? SaveOutcome.AlreadyStored
                    : SaveOutcome.Applied
                );
            }

            bed.Look();
            return outcomes;
        }
    }
}

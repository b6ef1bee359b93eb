using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Stores;
using Remanso.Tests.Support;
using Remanso.Tiers;

namespace Remanso.Tests.Telemetry.Metrics;

/// <summary>What moves the gauges of a cache.</summary>
internal static class StateMetrics
{
    private const string Circuit = "remanso.store.circuit";

    // When the tests' clock begins.
    private const double Noon = 1_735_732_800;

    public static MetricCase[] Cases { get; } =
    [
        new("remanso.dirty.entries", "", "two keys, one of them written twice", 2, DirtyAsync),
        new("remanso.dirty.entries", "", "all is stored", 0, CleanAsync),
        new("remanso.dirty.bytes", "", "two keys of 3 bytes with values of 10", 26, DirtyAsync),
        new("remanso.dirty.bytes", "", "all is stored", 0, CleanAsync),
        new("remanso.dirty.oldest_age", "", "7 s after the older write", 7, DirtyAsync),
        new("remanso.dirty.oldest_age", "", "all is stored", 0, CleanAsync),
        new("remanso.dirty.vanished", "", "the tier misses three", 3, VanishedAsync),
        new("remanso.unflushed.entries", "", "a cache is left with seven", 7, LeftAsync) { Cache = "left" },
        new("remanso.dead_letters", "", "one that the store refuses", 1, DeadLetterAsync),
        new("remanso.dead_letters", "", "it is dropped", 0, DroppedAsync),
        new(Circuit, "", "the store fails as often as it may", 2, OpenAsync),
        new(Circuit, "", "it is probed", 1, ProbeAsync),
        new(Circuit, "", "it is back", 0, ClosedAsync),
        new("remanso.flush.quiet", "", "it is one of the quiet hours", 1, QuietAsync),
        new("remanso.flush.quiet", "", "they are over", 0, LoudAsync),
        new("remanso.tier.down", "", "the tier is away", 1, DownAsync),
        new("remanso.tier.down", "", "it is back", 0, BackAsync),
        new("remanso.start_time", "", "it has started", Noon, StartedAsync),
        new("remanso.memory.entries", "", "two keys, one of them written twice", 2, DirtyAsync),
        new("remanso.memory.bytes", "", "one value of 1,000 bytes, with its book-keeping", 1_300, OneValueAsync) { Tolerance = 200 },
        new("remanso.evicted", "layer=near", "three keys, and room for one", 2, NearEvictedAsync),
        new("remanso.evicted", "layer=tier", "three values, and room for one", 2, TierEvictedAsync),
        new("remanso.near.entries", "", "one key that was read", 1, NearAsync),
        new("remanso.near.bytes", "", "one value of 1,000 bytes, with its book-keeping", 1_200, NearAsync) { Tolerance = 200 },
    ];

    private static async Task DirtyAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        run.Mark();
        await WriteAsync(harness);
    }

    private static async Task CleanAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        await WriteAsync(harness);
        run.Mark();
        await harness.Cache.Operations.FlushAsync();
    }

    private static async Task WriteAsync(CacheHarness harness)
    {
        await harness.Cache.SetAsync("one", new string('v', 10));
        harness.Time.Advance(TimeSpan.FromSeconds(4));
        await harness.Cache.SetAsync("one", new string('w', 10));
        await harness.Cache.SetAsync("two", new string('v', 10));
        harness.Time.Advance(TimeSpan.FromSeconds(3));
    }

    private static async Task QuietAsync(MetricRun run)
    {
        run.Mark();
        await run.StartAsync(static options => options.Flush.QuietHours = QuietHours.Parse("11:00-13:00"));
    }

    private static async Task LoudAsync(MetricRun run)
    {
        var harness = await run.StartAsync(static options => options.Flush.QuietHours = QuietHours.Parse("11:00-13:00"));
        run.Mark();
        harness.Time.Advance(TimeSpan.FromHours(1));
    }

    private static async Task DownAsync(MetricRun run) => await LoseAsync(run);

    private static async Task<(CacheHarness Harness, FaultyTier Tier)> LoseAsync(MetricRun run)
    {
        FaultyTier? tier = null;
        var harness = await run.StartAsync(
            static options => options.Tier.Partitions = 1,
            inner => tier = new FaultyTier(inner) { IsLocal = false }
        );
        run.Mark();
        tier!.Before = static _ => throw new TierUnavailableException("taken away by the test", mayHaveHappened: false);
        await harness.Cache.GetAsync("k");
        return (harness, tier);
    }

    private static async Task BackAsync(MetricRun run)
    {
        var (harness, tier) = await LoseAsync(run);
        run.Mark();
        tier.Before = null;
        await harness.AdvanceUntilAsync(() => run.Sum("remanso.tier.down") == 0, "the tier is used again");
    }

    private static async Task StartedAsync(MetricRun run)
    {
        run.Mark();
        await run.StartAsync();
    }

    private static async Task VanishedAsync(MetricRun run)
    {
        FaultyTier? tier = null;
        await run.StartAsync(decorate: inner => tier = new FaultyTier(inner));
        run.Mark();
        tier!.Lost = 3;
    }

    private static async Task LeftAsync(MetricRun run)
    {
        run.Mark();
        await run.StartAsync(
            decorate: static inner => new FaultyTier(inner) { IsLocal = false },
            known: [new KnownCache("left", Workers: 0, TimeSpan.FromHours(1), new DirtySummary(7, 70, TimeSpan.FromHours(1), 2))]
        );
    }

    private static async Task DeadLetterAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => write.Key == "bad")
                ? throw new StoreException("a constraint", isTransient: false)
                : Task.CompletedTask;
        await harness.Cache.SetAsync("bad", "1");
        await harness.Cache.SetAsync("good", "1");
        run.Mark();
        await harness.Cache.Operations.FlushAsync();
    }

    private static async Task DroppedAsync(MetricRun run)
    {
        await DeadLetterAsync(run);
        run.Mark();
        await run.Cache.Operations.DropDeadLettersAsync(["bad"]);
    }

    private static async Task OpenAsync(MetricRun run)
    {
        var harness = await run.StartAsync(static options => options.Flush.CircuitFailures = 2);
        harness.Store.BeforeSave = static _ => throw new StoreException("away", isTransient: true);
        run.AtEnd(() => harness.Store.BeforeSave = static _ => Task.CompletedTask);
        await harness.Cache.SetAsync("k", "v");
        run.Mark();
        await harness.Cache.Operations.FlushAsync();
        await harness.Cache.Operations.FlushAsync();
    }

    private static async Task ProbeAsync(MetricRun run)
    {
        await OpenAsync(run);
        var gate = new Gate();
        run.AtEnd(gate.Open);
        run.Store.BeforeSave = _ => gate.PassAsync();
        run.Mark();
        _ = run.Cache.Operations.FlushAsync().AsTask();
        await gate.ArrivedAsync();
    }

    private static async Task ClosedAsync(MetricRun run)
    {
        await OpenAsync(run);
        run.Store.BeforeSave = static _ => Task.CompletedTask;
        run.Mark();
        await run.Cache.Operations.FlushAsync();
    }

    private static async Task OneValueAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        run.Mark();
        await harness.Cache.SetAsync("k", new string('v', 1000));
    }

    private static async Task NearEvictedAsync(MetricRun run)
    {
        var harness = await run.StartAsync(static options => (options.Near.Enabled, options.Near.MaxEntries) = (true, 1));
        run.Mark();
        await ReadThreeAsync(harness);
    }

    private static async Task TierEvictedAsync(MetricRun run)
    {
        var harness = await run.StartAsync(static options =>
            (options.Tier.MaxBytes, options.Tier.MaxDirtyBytes, options.MaxValueBytes) = (64 * 1024, 60_000, 40_000)
        );
        run.Mark();
        await ReadThreeAsync(harness);
    }

    private static async Task ReadThreeAsync(CacheHarness harness)
    {
        foreach (var key in (string[])["a", "b", "c"])
        {
            harness.Store.Put(key, new string('v', 40_000), 1);
            await harness.Cache.GetAsync(key);
        }
    }

    private static async Task NearAsync(MetricRun run)
    {
        var harness = await run.StartAsync(static options => options.Near.Enabled = true);
        harness.Store.Put("k", new string('v', 1000), 1);
        run.Mark();
        await harness.Cache.GetAsync("k");
    }
}

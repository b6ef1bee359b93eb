using Remanso.Conformance.Support;
using Remanso.Stores;
using Remanso.Tests.Support;

namespace Remanso.Tests.Telemetry.Metrics;

/// <summary>What moves the metrics of flushes and of what else works on the store.</summary>
internal static class FlushMetrics
{
    private const string Flushed = "remanso.flushed";
    private const string Errors = "remanso.flush.errors";
    private const string Duration = "remanso.flush.duration";
    private const string Entries = "remanso.flush.entries";
    private const string Lag = "remanso.flush.lag";

    public static MetricCase[] Cases { get; } =
    [
        new(Flushed, "outcome=stored", "two keys, one of them written twice", 2, StoredAsync),
        new(Flushed, "outcome=stored", "two versions of a key, where every one is kept", 2, EveryVersionAsync),
        new(Flushed, "outcome=already_stored", "a batch whose answer was lost", 1, AlreadyStoredAsync),
        new(Flushed, "outcome=superseded", "a row with a higher version", 1, SupersededAsync),
        new(Flushed, "outcome=dead_lettered", "an entry that the store refuses", 1, DeadLetteredAsync) { Also = ("outcome=stored", 1) },
        new(Errors, "", "a store that is away", 1, FailedAsync),
        new(Errors, "", "an entry that the store refuses is no error of the batch", 0, DeadLetteredAsync),
        new(Duration, "", "a batch that takes 40 ms", 0.04, StoredAsync),
        new(Entries, "", "a batch of two", 2, StoredAsync),
        new(Lag, "", "one entry that waited 3 s and one that waited 1 s, after which the save took 40 ms", 4.08, StoredAsync) { Times = 2 },
        new(Lag, "", "a batch whose answer was lost, stored after 2 s", 2, AlreadyStoredAsync),
        new(Lag, "", "an entry that lost to its row", 0, SupersededAsync) { Times = 0 },
        new(Lag, "", "a store that is away", 0, FailedAsync) { Times = 0 },
        new("remanso.purged", "", "seven rows", 7, PurgedAsync),
        new("remanso.purge.errors", "", "a purge that fails", 1, PurgeFailedAsync),
        new("remanso.stop.left", "", "a stop whose store is away", 2, LeftAsync),
    ];

    private static async Task StoredAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        await harness.Cache.SetAsync("a", "0");
        await harness.Cache.SetAsync("a", "1");
        harness.Time.Advance(TimeSpan.FromSeconds(2));
        await harness.Cache.SetAsync("b", "1");
        harness.Time.Advance(TimeSpan.FromSeconds(1));
        var gate = new Gate();
        harness.Store.BeforeSave = _ => gate.PassAsync();
        run.Mark();
        var flush = harness.Cache.Operations.FlushAsync().AsTask();
        await gate.ArrivedAsync();
        harness.Time.Advance(TimeSpan.FromMilliseconds(40));
        gate.Open();
        await flush;
    }

    private static async Task EveryVersionAsync(MetricRun run)
    {
        var harness = await run.StartAsync(static options => options.WriteMode = WriteMode.EveryVersion);
        await harness.Cache.SetAsync("a", "0");
        await harness.Cache.SetAsync("a", "1");
        run.Mark();
        await harness.Cache.Operations.FlushAsync();
    }

    private static async Task AlreadyStoredAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        harness.Store.AfterSave = static _ => throw new StoreException("the connection is gone", isTransient: true);
        await harness.Cache.SetAsync("a", "1");
        await harness.Cache.Operations.FlushAsync();
        harness.Store.AfterSave = static _ => Task.CompletedTask;
        harness.Time.Advance(TimeSpan.FromSeconds(2));
        run.Mark();
        await harness.Cache.Operations.FlushAsync();
    }

    private static async Task SupersededAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        var receipt = await harness.Cache.SetAsync("a", "1");
        harness.Store.Put("a", "by another", receipt.Version + 1);
        run.Mark();
        await harness.Cache.Operations.FlushAsync();
    }

    private static async Task DeadLetteredAsync(MetricRun run)
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

    private static async Task FailedAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        Fail(run, harness);
        await harness.Cache.SetAsync("a", "1");
        run.Mark();
        await harness.Cache.Operations.FlushAsync();
    }

    private static async Task PurgedAsync(MetricRun run)
    {
        var harness = await run.StartAsync(static options => options.Purge.Interval = TimeSpan.FromSeconds(1));
        var left = 7;
        harness.Store.OnPurge = () => Interlocked.Exchange(ref left, 0);
        run.Mark();
        await harness.AdvanceUntilAsync(() => harness.Store.Purges.Count == 2, "the purge after it");
    }

    private static async Task PurgeFailedAsync(MetricRun run)
    {
        var harness = await run.StartAsync(static options => options.Purge.Interval = TimeSpan.FromSeconds(1));
        var tries = 0;
        harness.Store.OnPurge = () => ++tries == 1 ? throw new StoreException("no grant", isTransient: true) : 0;
        run.Mark();
        await harness.AdvanceUntilAsync(() => harness.Store.Purges.Count == 2, "the purge after it");
    }

    private static async Task LeftAsync(MetricRun run)
    {
        var harness = await run.StartAsync(static options => options.Flush.StopTimeout = TimeSpan.FromSeconds(5));
        Fail(run, harness);
        await harness.Cache.SetAsync("a", "1");
        await harness.Cache.SetAsync("b", "1");
        run.Mark();
        var stop = harness.StopAsync();
        await harness.AdvanceUntilAsync(() => stop.IsCompleted, "the stop");
        await stop;
    }

    private static void Fail(MetricRun run, CacheHarness harness)
    {
        harness.Store.BeforeSave = static _ => throw new StoreException("away", isTransient: true);
        run.AtEnd(() => harness.Store.BeforeSave = static _ => Task.CompletedTask);
    }
}

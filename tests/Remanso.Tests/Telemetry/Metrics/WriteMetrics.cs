using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Telemetry.Metrics;

/// <summary>What moves the metrics of writes.</summary>
internal static class WriteMetrics
{
    private const string Through = "remanso.write.through";

    public static MetricCase[] Cases { get; } =
    [
        new("remanso.writes", "outcome=accepted", "a set, a delete, an increment and two at once", 5, AcceptedAsync),
        new("remanso.writes", "outcome=refused", "a write, an increment and one of many for which there is no room", 3, RefusedAsync),
        new("remanso.write.waits", "", "a write that waits for room", 1, WaitsAsync),
        new(Through, "", "one write, and two of many, past a full tier", 3, ThroughAsync),
        new(Through, "", "a store that is away", 0, ThroughFailsAsync),
        new("remanso.tags.removed", "", "two tags removed and one expired", 3, TagsAsync),
    ];

    private static async Task AcceptedAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        run.Mark();
        await harness.Cache.SetAsync("a", "1");
        await harness.Cache.RemoveAsync("b");
        await harness.Cache.IncrementAsync("c");
        await harness.Cache.SetManyAsync([new("d", "1"), new("e", "1")]);
    }

    private static async Task RefusedAsync(MetricRun run)
    {
        var harness = await StartFullAsync(run, WhenFull.Refuse);
        HoldFlush(run, harness);
        await Assert.ThrowsAsync<BackPressureException>(() => harness.Cache.SetAsync("third", "v").AsTask());
        await Assert.ThrowsAsync<BackPressureException>(() => harness.Cache.IncrementAsync("third").AsTask());
        Assert.IsType<BackPressureException>(Assert.Single(await harness.Cache.SetManyAsync([new("third", "v")])).Error);
    }

    private static async Task WaitsAsync(MetricRun run)
    {
        var harness = await StartFullAsync(run, WhenFull.Wait);
        var write = harness.Cache.SetAsync("third", "v").AsTask();
        await harness.Cache.Operations.FlushAsync();
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "that there is room");
        await write;
    }

    private static async Task ThroughAsync(MetricRun run)
    {
        var harness = await StartFullAsync(run, WhenFull.WriteThrough);
        HoldFlush(run, harness);
        await harness.Cache.SetAsync("third", "v");
        Assert.All(await harness.Cache.SetManyAsync([new("first", "w"), new("a", "1"), new("b", "2")]), static outcome =>
            Assert.Null(outcome.Error)
        );
    }

    private static async Task ThroughFailsAsync(MetricRun run)
    {
        var harness = await StartFullAsync(run, WhenFull.WriteThrough);
        harness.Store.BeforeSave = static _ => throw new StoreException("away", isTransient: true);
        run.AtEnd(() => harness.Store.BeforeSave = static _ => Task.CompletedTask);
        await Assert.ThrowsAsync<StoreException>(() => harness.Cache.SetAsync("third", "v").AsTask());
    }

    private static async Task TagsAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        run.Mark();
        await harness.Cache.RemoveByTagAsync(["red", "green", "red"]);
        await harness.Cache.ExpireByTagAsync("blue");
    }

    private static async Task<CacheHarness> StartFullAsync(MetricRun run, WhenFull policy)
    {
        var harness = await run.StartAsync(options => (options.Tier.MaxDirtyEntries, options.Tier.WhenFull) = (2, policy));
        await harness.Cache.SetAsync("first", "v");
        await harness.Cache.SetAsync("second", "v");
        run.Mark();
        return harness;
    }

    // What is refused asks for a flush, which makes room.
    private static void HoldFlush(MetricRun run, CacheHarness harness)
    {
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => write.Key == "second") ? throw new StoreException("away", isTransient: true) : Task.CompletedTask;
        run.AtEnd(() => harness.Store.BeforeSave = static _ => Task.CompletedTask);
    }
}

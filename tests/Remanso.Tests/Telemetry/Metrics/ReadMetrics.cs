using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Telemetry.Metrics;

/// <summary>What moves the metrics of reads.</summary>
internal static class ReadMetrics
{
    private const string Reads = "remanso.reads";
    private const string Staleness = "remanso.read.staleness";

    public static MetricCase[] Cases { get; } =
    [
        new(Reads, "outcome=hit layer=near", "a copy of this process", 2, NearHitsAsync),
        new(Reads, "outcome=hit layer=tier", "a copy in the tier, alone and among many", 2, TierHitsAsync),
        new(Reads, "outcome=miss layer=store", "a load for one who leads it and one who joins", 2, MissesAsync),
        new(Reads, "outcome=absent layer=any", "no row, a known-absent key and a deleted one", 3, AbsencesAsync),
        new(Reads, "outcome=stale layer=tier", "a copy past its TTL while the store fails", 1, run => StaleAsync(run, seconds: 11)),
        new(Reads, "outcome=stale layer=near", "a copy that is kept while the tier is away", 1, KeptAsync),
        new("remanso.reads.unreadable", "", "a clean copy of an older shape", 1, UnreadableAsync),
        new(Staleness, "", "a copy that is 3 s past its TTL of 10 s", 3, run => StaleAsync(run, seconds: 13)),
        new(Staleness, "", "a dirty entry of a journal is past no TTL", 0, ReturnedAsync) { Times = 0 },
        new("remanso.flights", "role=led", "a miss", 1, LedAsync),
        new("remanso.flights", "role=joined", "two who come while a third one's load is out", 2, JoinedAsync) { Also = ("role=led", 1) },
        new("remanso.load.backed_off", "", "a read of a key whose load has just failed", 1, BackedOffAsync),
        new("remanso.load.backed_off", "", "a read of such a key past a tier that is away", 1, BackedOffPastTierAsync),
        new("remanso.load.soft_timeouts", "", "a reader with a stale copy leaves a slow load, and one comes later", 2, SoftTimeoutsAsync),
        new("remanso.load.early_refreshes", "", "a hit near the end of the copy's TTL", 1, EarlyRefreshAsync),
        new("remanso.lease.waits", "", "another process holds the fill lease", 1, LeaseWaitAsync),
    ];

    private static async Task NearHitsAsync(MetricRun run)
    {
        var harness = await run.StartAsync(static options => options.Near.Enabled = true);
        harness.Store.Put("k", "v", 1);
        await harness.Cache.GetAsync("k");
        run.Mark();
        await harness.Cache.GetAsync("k");
        await harness.Cache.GetManyAsync(["k"]);
    }

    private static async Task TierHitsAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        await harness.Cache.SetAsync("k", "v");
        run.Mark();
        await harness.Cache.GetAsync("k");
        await harness.Cache.GetManyAsync(["k"]);
    }

    private static async Task MissesAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        harness.Store.Put("k", "v", 1);
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        run.Mark();
        var reads = new[] { harness.Cache.GetAsync("k").AsTask(), harness.Cache.GetAsync("k").AsTask() };
        await gate.ArrivedAsync();
        gate.Open();
        await Task.WhenAll(reads);
    }

    private static async Task AbsencesAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        await harness.Cache.RemoveAsync("deleted");
        run.Mark();
        await harness.Cache.GetAsync("absent");
        await harness.Cache.GetAsync("absent");
        await harness.Cache.GetAsync("deleted");
    }

    private static async Task StaleAsync(MetricRun run, int seconds)
    {
        var harness = await StartStaleAsync(run, seconds);
        harness.Store.OnLoad = static (_, _) => throw new StoreException("away", isTransient: true);
        run.Mark();
        await harness.Cache.GetAsync("k");
    }

    private static async Task<CacheHarness> StartStaleAsync(MetricRun run, int seconds)
    {
        var harness = await run.StartAsync(static options => options.Ttl.Base = TimeSpan.FromSeconds(10));
        harness.Store.Put("k", "v", 1);
        await harness.Cache.GetAsync("k");
        harness.Time.Advance(TimeSpan.FromSeconds(seconds));
        return harness;
    }

    private static async Task KeptAsync(MetricRun run)
    {
        var isDown = false;
        var harness = await run.StartAsync(
            static options => (options.Near.Enabled, options.Near.KeepWhenTierIsDown) = (true, true),
            tier => new FaultyTier(tier)
            {
                IsLocal = false,
                IsSilent = true,
                Before = _ => Down(isDown),
            }
        );
        harness.Store.Put("k", "v", 1);
        await harness.Cache.GetAsync("k");
        isDown = true;
        for (var n = 0; n < 1000; n++)
        {
            // Of each partition: it is noticed for each.
            await harness.Cache.GetAsync($"probe {n}");
        }

        run.Mark();
        await harness.Cache.GetAsync("k");
    }

    private static async Task UnreadableAsync(MetricRun run)
    {
        var codec = new AgingCodec();
        var harness = await run.StartAsync(declare: cache => cache.ValueCodec = codec);
        await harness.Cache.SetAsync("k", "old");
        await harness.Cache.Operations.FlushAsync();
        codec.Ages();
        run.Mark();
        harness.Store.Rows.Clear();
        await harness.Cache.GetAsync("k");
    }

    private static async Task ReturnedAsync(MetricRun run)
    {
        var journal = new ScriptedJournal();
        var left = new ScriptedJournal();
        await using (
            var first = await CacheHarness.StartAsync(static options => options.Flush.Interval = TimeSpan.FromHours(1), journal: journal)
        )
        {
            await first.Cache.SetAsync("k", "v", new WriteOptions { Durability = Durability.Logged });
            left.HighestVersion = journal.HighestVersion;
            left.Rows["k"] = journal.Rows["k"];
        }

        var harness = await run.StartAsync(journal: left);
        harness.Store.OnLoad = static (_, _) => throw new StoreException("away", isTransient: true);
        run.Mark();
        Assert.True((await harness.Cache.GetAsync("k")).Stale);
    }

    private static async Task LedAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        run.Mark();
        await harness.Cache.GetAsync("k");
        await harness.Cache.GetAsync("k");
    }

    private static async Task JoinedAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        run.Mark();
        var first = harness.Cache.GetAsync("k").AsTask();
        await gate.ArrivedAsync();
        var others = new[] { harness.Cache.GetAsync("k").AsTask(), harness.Cache.GetAsync("k").AsTask() };
        gate.Open();
        await first;
        await Task.WhenAll(others);
    }

    private static async Task BackedOffAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        await FailAsync(harness);
        run.Mark();
        await Assert.ThrowsAsync<StoreException>(() => harness.Cache.GetAsync("k").AsTask());
    }

    private static async Task BackedOffPastTierAsync(MetricRun run)
    {
        var isDown = false;
        var harness = await run.StartAsync(decorate: tier => new FaultyTier(tier) { IsLocal = false, Before = _ => Down(isDown) });
        isDown = true;
        await FailAsync(harness);
        run.Mark();
        await Assert.ThrowsAsync<StoreException>(() => harness.Cache.GetAsync("k").AsTask());
    }

    private static async Task FailAsync(CacheHarness harness)
    {
        harness.Store.OnLoad = static (_, _) => throw new StoreException("away", isTransient: true);
        await Assert.ThrowsAsync<StoreException>(() => harness.Cache.GetAsync("k").AsTask());
    }

    private static async Task SoftTimeoutsAsync(MetricRun run)
    {
        var harness = await StartStaleAsync(run, seconds: 11);
        var gate = new Gate();
        run.AtEnd(gate.Open);
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        run.Mark();
        var first = harness.Cache.GetAsync("k").AsTask();
        await gate.ArrivedAsync();
        harness.Time.Advance(harness.Options.Load.SoftTimeout);
        await first;
        await harness.Cache.GetAsync("k");
    }

    private static async Task EarlyRefreshAsync(MetricRun run)
    {
        var harness = await run.StartAsync(static options => (options.Ttl.Base, options.Load.RefreshAt) = (TimeSpan.FromSeconds(10), 0.5));
        harness.Store.Put("k", "v", 1);
        await harness.Cache.GetAsync("k");
        harness.Time.Advance(TimeSpan.FromSeconds(6));
        var gate = new Gate();
        run.AtEnd(gate.Open);
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        run.Mark();
        await harness.Cache.GetAsync("k");
        await harness.Cache.GetAsync("k");
    }

    private static async Task LeaseWaitAsync(MetricRun run)
    {
        var harness = await run.StartAsync();
        var held = await run.Tier.ReadAsync("k", holder: 77, CancellationToken.None);
        Assert.NotEqual(0, held.Lease);
        run.Mark();
        var read = harness.Cache.GetAsync("k").AsTask();
        await Until.TrueAsync(() => run.Sum("remanso.lease.waits") == 1, "the read waits");
        for (var polls = 0; polls < 3; polls++)
        {
            // One wait, however often it looks.
            harness.Time.Advance(TimeSpan.FromMilliseconds(100));
            await CacheHarness.SettleAsync();
        }

        await run.Tier.ReleaseLeaseAsync("k", held.Lease, CancellationToken.None);
        await harness.AdvanceUntilAsync(() => read.IsCompleted, "the read");
    }

    private static ValueTask Down(bool isDown) =>
        isDown ? throw new TierUnavailableException("taken away by the test", mayHaveHappened: false) : ValueTask.CompletedTask;
}

using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Tests.WriteBehind;

[Collection(ManualClockTests.Name)]
public sealed class PurgeTests
{
    [Fact]
    public async Task A_purge_runs_every_interval_and_goes_back_by_the_retention()
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
        {
            options.Purge.Retention = TimeSpan.FromHours(1);
            options.Purge.Interval = TimeSpan.FromSeconds(2);
            options.Purge.BatchSize = 7;
        });

        await harness.AdvanceUntilAsync(() => harness.Store.Purges.Count == 2, "two purges");

        var purges = harness.Store.Purges.ToArray();
        Assert.All(purges, static purge => Assert.Equal(7, purge.Max));
        var now = (harness.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        Assert.InRange(now - purges[1].Before, 3_600_000_000, 3_601_000_000);
        Assert.InRange(purges[1].Before - purges[0].Before, 2_000_000, 2_100_000);
    }

    [Fact]
    public async Task A_purge_goes_on_while_its_batches_are_full_and_counts_what_it_removed()
    {
        var left = 1234;
        await using var harness = await CacheHarness.StartAsync(static options => options.Purge.Interval = TimeSpan.FromSeconds(1));
        harness.Store.OnPurge = () =>
        {
            var removed = Math.Min(left, 500);
            left -= removed;
            return removed;
        };

        await harness.AdvanceUntilAsync(() => harness.Store.Purges.Count == 3, "that all is removed");

        Assert.Equal(0, left);
        Assert.Equal(1234, (await harness.Cache.Operations.GetStatisticsAsync()).Purged);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task What_was_deleted_after_the_oldest_dirty_entry_was_written_stays(int secondsUntilItsAgeIsHeard)
    {
        var time = new ManualTimeProvider();
        await using var harness = await CacheHarness.StartAsync(
            static options =>
            {
                options.Purge.Retention = TimeSpan.FromMinutes(1);
                options.Purge.Interval = TimeSpan.FromSeconds(1);
            },
            decorate: inner => new FaultyTier(inner)
            {
                After = called =>
                {
                    if (called == nameof(ICacheTier.GetDirtyAsync))
                    {
                        time.Advance(TimeSpan.FromSeconds(secondsUntilItsAgeIsHeard));
                    }

                    return ValueTask.CompletedTask;
                },
            },
            time: time
        );
        var gate = new Gate();
        harness.Store.BeforeSave = _ => gate.PassAsync();
        await harness.Cache.SetAsync("k", "v");
        var written = (harness.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        await harness.AdvanceUntilAsync(() => !harness.Store.Purges.IsEmpty, "a purge");
        harness.Time.Advance(TimeSpan.FromMinutes(5));
        var earlier = harness.Store.Purges.Count;

        await harness.AdvanceUntilAsync(() => harness.Store.Purges.Count > earlier + 1, "a purge five minutes later");

        Assert.All(harness.Store.Purges, purge => Assert.True(purge.Before <= written + 1_000));
        gate.Open();
    }

    [Fact]
    public async Task The_rows_of_dead_letters_stay_and_hold_no_others_back()
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
        {
            options.Purge.Retention = TimeSpan.FromMinutes(1);
            options.Purge.Interval = TimeSpan.FromSeconds(1);
        });
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => write.Key == "bad") ? throw new StoreException("too long", isTransient: false) : Task.CompletedTask;
        await harness.Cache.SetAsync("bad", "v");
        await harness.Cache.SetAsync("good", "v");
        await harness.Cache.Operations.FlushAsync();
        Assert.Equal(1, (await harness.Cache.Operations.GetStatisticsAsync()).Dirty.DeadLetters);
        harness.Time.Advance(TimeSpan.FromMinutes(5));
        var earlier = harness.Store.Purges.Count;

        await harness.AdvanceUntilAsync(() => harness.Store.Purges.Count > earlier + 1, "a purge five minutes later");

        var now = (harness.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var last = harness.Store.Purges.Last();
        Assert.InRange(now - last.Before, 60_000_000, 62_000_000);
        Assert.Equal(["bad"], last.Spared);

        await harness.Cache.Operations.DropDeadLettersAsync(["bad"]);
        earlier = harness.Store.Purges.Count;
        await harness.AdvanceUntilAsync(() => harness.Store.Purges.Count > earlier + 1, "a purge without dead letters");
        Assert.Empty(harness.Store.Purges.Last().Spared);
    }

    [Fact]
    public async Task The_row_of_a_dead_letter_that_is_replayed_while_a_purge_looks_around_stays()
    {
        var time = new ManualTimeProvider();
        await using var provider = new MemoryTierProvider(time);
        var inner = provider.Create("test", new TierOptions { Partitions = 4 });
        await inner.InitializeAsync(CancellationToken.None);
        await inner.DeadLetterAsync("bad", "v");
        var tier = new FaultyTier(inner)
        {
            After = async name =>
            {
                if (name == nameof(ICacheTier.GetDirtyAsync))
                {
                    await inner.ReplayDeadLettersAsync(["bad"], CancellationToken.None);
                }
            },
        };
        var store = new ScriptedStore();
        using var stop = new CancellationTokenSource();
        var purger = new Purger(tier, store, new PurgeOptions(), static () => true, time, new CacheCounters(), NullLogger.Instance);
        var running = purger.RunAsync(stop.Token);

        await time.WaitForTimersAsync(1);
        time.Advance(new PurgeOptions().Interval);
        await CacheHarness.SettleAsync();

        Assert.Equal(["bad"], Assert.Single(store.Purges).Spared);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_purge_that_fails_is_tried_again_and_harms_no_flush()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Purge.Interval = TimeSpan.FromSeconds(1));
        harness.Store.OnPurge = static () => throw new StoreException("no grant", isTransient: true);
        await harness.AdvanceUntilAsync(() => harness.Store.Purges.Count == 3, "three tries");

        await harness.Cache.SetAsync("k", "v");
        await harness.AdvanceUntilAsync(() => harness.Store.Text("k") is not null, "the flush");

        Assert.Empty(harness.Registry.GetProblems());
    }

    [Fact]
    public async Task No_purge_runs_while_the_store_fails()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Purge.Interval = TimeSpan.FromSeconds(1));
        var down = true;
        harness.Store.BeforeSave = _ => down ? throw new StoreException("down", isTransient: true) : Task.CompletedTask;
        await harness.Cache.SetAsync("k", "v");
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count > 0, "the failure");

        var until = harness.Time.GetUtcNow() + TimeSpan.FromSeconds(5);
        await harness.AdvanceUntilAsync(() => harness.Time.GetUtcNow() > until, "five seconds");
        Assert.Empty(harness.Store.Purges);

        down = false;
        await harness.AdvanceUntilAsync(() => !harness.Store.Purges.IsEmpty, "a purge");
    }

    [Fact]
    public async Task A_retention_of_zero_turns_the_purge_off()
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
        {
            options.Purge.Retention = TimeSpan.Zero;
            options.Purge.Interval = TimeSpan.FromSeconds(1);
        });

        var until = harness.Time.GetUtcNow() + TimeSpan.FromSeconds(5);
        await harness.AdvanceUntilAsync(() => harness.Time.GetUtcNow() > until, "five seconds");

        Assert.Empty(harness.Store.Purges);
    }
}

using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Stores;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>What a stop flushes, and how long it may take.</summary>
[Collection(ManualClockTests.Name)]
public sealed class StopTests
{
    [Fact]
    public async Task A_stop_flushes_what_is_dirty()
    {
        await using var harness = await CacheHarness.StartAsync();
        for (var i = 0; i < 10_000; i++)
        {
            await harness.Cache.SetAsync($"k{i}", "v");
        }

        await harness.StopAsync();

        Assert.Equal(10_000, harness.Store.Rows.Count);
    }

    [Fact]
    public async Task A_stop_tries_again_what_the_store_does_not_take_at_once()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Flush.Interval = TimeSpan.FromHours(1));
        await harness.Cache.SetAsync("k", "v");
        var failures = 0;
        harness.Store.BeforeSave = _ => failures++ < 3 ? throw new StoreException("It is away.", isTransient: true) : Task.CompletedTask;

        var stop = harness.StopAsync();
        await harness.AdvanceUntilAsync(() => stop.IsCompleted, "the stop");

        await stop;
        Assert.Equal("v", harness.Store.Text("k"));
    }

    [Fact]
    public async Task A_stop_with_an_unreachable_store_ends_at_its_deadline_and_leaves_the_count()
    {
        await using var harness = await CacheHarness.StartAsync(options => options.Flush.StopTimeout = TimeSpan.FromSeconds(5));
        harness.Store.BeforeSave = static _ => throw new StoreException("down", isTransient: true);
        await harness.Cache.SetAsync("k", "v");

        var stop = harness.StopAsync();
        await harness.AdvanceUntilAsync(() => stop.IsCompleted, "the stop");
        await stop;

        Assert.Equal(1, (await harness.Cache.Operations.GetStatisticsAsync()).Dirty.Entries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_store_that_heeds_no_cancellation_does_not_hold_up_a_stop(bool inAPassUnderWay)
    {
        await using var harness = await CacheHarness.StartAsync(options => options.Flush.StopTimeout = TimeSpan.FromSeconds(5));
        var saving = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var never = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Store.BeforeSave = _ =>
        {
            saving.TrySetResult();
            return never.Task;
        };
        await harness.Cache.SetAsync("k", "v");
        if (inAPassUnderWay)
        {
            await harness.AdvanceUntilAsync(() => saving.Task.IsCompleted, "the save");
        }

        var stop = harness.StopAsync();
        await harness.AdvanceUntilAsync(() => stop.IsCompleted, "the stop");
        await stop;

        Assert.True(saving.Task.IsCompleted);
        Assert.Equal(1, (await harness.Cache.Operations.GetStatisticsAsync()).LeftAtStop);
    }

    [Fact]
    public async Task A_store_that_keeps_its_thread_does_not_hold_up_a_stop()
    {
        await using var harness = await CacheHarness.StartAsync(options => options.Flush.StopTimeout = TimeSpan.FromSeconds(5));
        using var never = new ManualResetEventSlim();
        harness.Store.BeforeSave = _ =>
        {
            never.Wait(TestContext.Current.CancellationToken);
            return Task.CompletedTask;
        };
        await harness.Cache.SetAsync("k", "v");

        var stop = harness.StopAsync();
        await harness.AdvanceUntilAsync(() => stop.IsCompleted, "the stop");
        await stop;

        Assert.Equal(1, (await harness.Cache.Operations.GetStatisticsAsync()).LeftAtStop);
        never.Set();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dead_letters_are_told_as_gone_only_where_no_journal_has_them(bool hasJournal)
    {
        var journal = hasJournal ? new ScriptedJournal() : null;
        using var log = new RecordingLog();
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Flush.StopTimeout = TimeSpan.FromSeconds(5),
            journal: journal,
            loggers: log
        );
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => write.Key == "bad") ? throw new StoreException("too long", isTransient: false) : Task.CompletedTask;
        await harness.Cache.SetAsync("bad", "v");
        await harness.Cache.SetAsync("good", "v");
        await harness.AdvanceUntilAsync(() => harness.Counters.DeadLettered.Value == 1, "the dead letter");
        if (journal is not null)
        {
            await harness.AdvanceUntilAsync(() => journal.Rows.TryGetValue("bad", out var row) && row.Error is not null, "its commit");
            journal.BeforeCommit = static _ => throw new TierJournalException("The disk is full.");
        }

        await harness.Cache.SetAsync("last", "v");
        var stop = harness.StopAsync();
        await harness.AdvanceUntilAsync(() => stop.IsCompleted, "the stop");
        await stop;

        Assert.Equal(!hasJournal, log.Lines.Any(static line => line.Contains("stopped with 1 dead letter", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_pass_that_is_under_way_at_a_stop_is_given_up_at_its_deadline()
    {
        await using var harness = await CacheHarness.StartAsync(options => options.Flush.StopTimeout = TimeSpan.FromSeconds(5));
        var passes = 0;
        harness.Store.OnSaving = async cancellation =>
        {
            passes++;
            await Task.Delay(Timeout.InfiniteTimeSpan, harness.Time, cancellation);
        };
        await harness.Cache.SetAsync("k", "v");
        await harness.AdvanceUntilAsync(() => passes == 1, "the save");

        var began = harness.Time.GetUtcNow();
        var stop = harness.StopAsync();
        await harness.AdvanceUntilAsync(() => stop.IsCompleted, "the stop");
        await stop;

        Assert.InRange(harness.Time.GetUtcNow() - began, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5.5));
    }

    [Fact]
    public async Task A_stop_soon_after_the_store_came_back_flushes_all_of_a_shared_tier_and_not_a_probe_of_it()
    {
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Flush.FirstBackoff = options.Flush.MaxBackoff = TimeSpan.FromMinutes(1),
            decorate: static tier => new FaultyTier(tier) { IsLocal = false }
        );
        var isDown = true;
        harness.Store.BeforeSave = _ => isDown ? throw new StoreException("down", isTransient: true) : Task.CompletedTask;
        for (var i = 0; i < 50; i++)
        {
            await harness.Cache.SetAsync($"k{i}", "v");
        }

        for (var i = 0; i < 5; i++)
        {
            await harness.Cache.Operations.FlushAsync();
        }

        Assert.Equal(CircuitState.Open, (await harness.Cache.Operations.GetStatisticsAsync()).Circuit);
        isDown = false;
        await harness.StopAsync();

        Assert.Equal(50, harness.Store.Rows.Count);
    }

    [Fact]
    public async Task A_stop_tells_of_the_dead_letters_that_end_with_the_process()
    {
        var log = new RecordingLog();
        await using var harness = await CacheHarness.StartAsync(loggers: log);
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => write.Key == "bad") ? throw new StoreException("too long", isTransient: false) : Task.CompletedTask;
        await harness.Cache.SetAsync("bad", "v");
        await harness.Cache.SetAsync("good", "v");
        await harness.Cache.Operations.FlushAsync();

        await harness.StopAsync();

        Assert.Single(log.Lines, static line => line.Contains("stopped with 1 dead letters", StringComparison.Ordinal));
    }
}

using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Entries;
using Remanso.Stores;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

[Collection(ManualClockTests.Name)]
public sealed class FlushTests
{
    [Fact]
    public async Task Twenty_sets_of_one_key_within_the_interval_make_one_row_write()
    {
        await using var harness = await CacheHarness.StartAsync();
        for (var i = 1; i <= 20; i++)
        {
            await harness.Cache.SetAsync("k", $"v{i}");
        }

        await harness.AdvanceUntilAsync(() => harness.Store.Text("k") is not null, "the flush");

        Assert.Equal("v20", harness.Store.Text("k"));
        Assert.Single(harness.Store.Saves);
    }

    [Fact]
    public async Task A_write_during_its_own_flush_stays_dirty_and_is_stored_next()
    {
        await using var harness = await CacheHarness.StartAsync();
        var gate = new Gate();
        harness.Store.BeforeSave = _ => gate.PassAsync();
        await harness.Cache.SetAsync("k", "one");
        var flush = harness.Cache.Operations.FlushAsync().AsTask();
        await gate.ArrivedAsync();

        await harness.Cache.SetAsync("k", "two");
        harness.Store.AfterSave = _ =>
        {
            Assert.Equal("one", harness.Store.Text("k"));
            harness.Store.AfterSave = static _ => Task.CompletedTask;
            return Task.CompletedTask;
        };
        gate.Open();
        await flush;

        await harness.Cache.Operations.FlushAsync();
        Assert.Equal("two", harness.Store.Text("k"));
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Dirty.Entries);
        Assert.Equal("two", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_flush_ends_without_waiting_for_a_write_that_came_after_its_last_look()
    {
        FaultyTier? faulty = null;
        await using var harness = await CacheHarness.StartAsync(decorate: tier => faulty = new FaultyTier(tier));
        var isFlush = new AsyncLocal<bool> { Value = true };
        var looks = 0;
        faulty!.After = async operation =>
        {
            // The first is before its pass, the second the pass's own.
            if (operation == nameof(ICacheTier.GetDirtyAsync) && isFlush.Value && ++looks == 2)
            {
                await harness.Cache.SetAsync("k", "late");
            }
        };

        // Nobody moves the clock: a wait would last for ever.
        var report = await harness.Cache.Operations.FlushAsync();

        Assert.Equal(0, report.Stored);
        Assert.Equal(1, (await harness.Cache.Operations.GetStatisticsAsync()).Dirty.Entries);
    }

    [Fact]
    public async Task A_flusher_at_rest_asks_nothing_until_something_is_dirty()
    {
        FaultyTier? faulty = null;
        await using var harness = await CacheHarness.StartAsync(decorate: tier => faulty = new FaultyTier(tier));
        await harness.Cache.SetAsync("k", "v");
        await harness.AdvanceUntilAsync(() => harness.Store.Rows.Count == 1, "that it is stored");
        var takes = 0;
        faulty!.After = operation =>
        {
            takes += operation == nameof(ICacheTier.TakeAsync) ? 1 : 0;
            return ValueTask.CompletedTask;
        };
        for (var i = 0; i < 100; i++)
        {
            harness.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(0, takes);
        await harness.Cache.SetAsync("k", "new");
        await harness.AdvanceUntilAsync(() => takes > 0, "that it is taken");
    }

    [Fact]
    public async Task A_pass_goes_on_while_its_takes_leave_something()
    {
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Flush.Interval = TimeSpan.FromSeconds(5),
            decorate: static tier => new FaultyTier(tier) { MostTaken = 1 }
        );
        string[] keys = ["a", "b", "c"];
        await harness.Cache.SetManyAsync([.. keys.Select(static key => KeyValuePair.Create(key, "v"))]);

        await harness.AdvanceUntilAsync(() => !harness.Store.Rows.IsEmpty, "the pass has begun");
        // The clock stands: there is no other pass.
        await Until.TrueAsync(() => harness.Store.Rows.Count == 3, "all are stored in one pass");
        Assert.Equal(3, harness.Store.Saves.Count);
    }

    [Fact]
    public async Task Writes_while_the_store_is_down_are_stored_when_it_is_back_and_cached_keys_stay_readable()
    {
        await using var harness = await CacheHarness.StartAsync();
        await harness.Cache.SetAsync("cached", "yes");
        await harness.Cache.Operations.FlushAsync();
        var down = true;
        harness.Store.BeforeSave = _ => down ? throw new StoreException("down", isTransient: true) : Task.CompletedTask;
        harness.Store.OnLoad = (_, _) => down ? throw new StoreException("down", isTransient: true) : Task.CompletedTask;

        var until = harness.Time.GetUtcNow() + TimeSpan.FromSeconds(10);
        for (var i = 0; harness.Time.GetUtcNow() < until; i++)
        {
            await harness.Cache.SetAsync($"k{i % 300}", $"v{i}");
            Assert.Equal("yes", (await harness.Cache.GetAsync("cached")).Value);
            Assert.Equal($"v{i}", (await harness.Cache.GetAsync($"k{i % 300}")).Value);
            harness.Time.Advance(TimeSpan.FromMilliseconds(10));
        }

        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count > 0, "that the failure is told");
        down = false;
        await harness.AdvanceUntilAsync(() => harness.Store.Rows.Count == 301, "that all are stored");
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Flush.DeadLettered);
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "that the recovery is told");
    }

    [Fact]
    public async Task One_refused_row_in_500_becomes_a_dead_letter_and_the_others_are_stored()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.BeforeSave = RefusesValue("bad");
        for (var i = 0; i < 500; i++)
        {
            await harness.Cache.SetAsync($"k{i:000}", i == 123 ? "bad" : "good");
        }

        var report = await harness.Cache.Operations.FlushAsync();

        Assert.Equal(499, report.Stored);
        Assert.Equal("k123", Assert.Single(report.Failed).Key);
        Assert.Equal(499, harness.Store.Rows.Count);
        var letter = Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync());
        Assert.Equal("k123", letter.Key);
        Assert.Equal("too bad", letter.Error);
        Assert.Equal("bad", (await harness.Cache.GetAsync("k123")).Value);
    }

    [Fact]
    public async Task A_replayed_dead_letter_takes_the_keys_current_value()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.BeforeSave = RefusesValue("bad");
        await harness.Cache.SetAsync("other", "good");
        await harness.Cache.SetAsync("k", "bad");
        await harness.Cache.Operations.FlushAsync();
        Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync());

        await harness.Cache.SetAsync("k", "newer");
        Assert.Equal(0, await harness.Cache.Operations.ReplayDeadLettersAsync(["k"]));
        await harness.Cache.Operations.FlushAsync();

        Assert.Equal("newer", harness.Store.Text("k"));
        Assert.Empty(await harness.Cache.Operations.GetDeadLettersAsync());
    }

    [Fact]
    public async Task A_dead_letter_is_stored_when_replayed_after_the_fault_was_mended_and_gone_when_dropped()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.Put("dropped", "row", 3);
        harness.Store.BeforeSave = RefusesValue("bad");
        await harness.Cache.SetAsync("other", "good");
        await harness.Cache.SetAsync("replayed", "bad");
        await harness.Cache.SetAsync("dropped", "bad");
        await harness.Cache.Operations.FlushAsync();
        Assert.Equal(2, (await harness.Cache.Operations.GetDeadLettersAsync()).Count);

        harness.Store.BeforeSave = static _ => Task.CompletedTask;
        Assert.Equal(1, await harness.Cache.Operations.ReplayDeadLettersAsync(["replayed"]));
        Assert.Equal(1, await harness.Cache.Operations.DropDeadLettersAsync(["dropped"]));
        await harness.Cache.Operations.FlushAsync();

        Assert.Equal("bad", harness.Store.Text("replayed"));
        Assert.Equal("row", (await harness.Cache.GetAsync("dropped")).Value);
        Assert.Empty(await harness.Cache.Operations.GetDeadLettersAsync());
    }

    [Fact]
    public async Task A_store_that_refuses_everything_makes_no_dead_letters_of_a_batch()
    {
        await using var harness = await CacheHarness.StartAsync();
        var broken = true;
        harness.Store.BeforeSave = _ => broken ? throw new StoreException("no such table", isTransient: false) : Task.CompletedTask;
        await harness.Cache.SetAsync("a", "1");
        await harness.Cache.SetAsync("b", "2");
        for (var i = 0; i < 5; i++)
        {
            var report = await harness.Cache.Operations.FlushAsync();
            Assert.Equal("no such table", report.Failed["a"]);
        }

        broken = false;
        await harness.Cache.Operations.FlushAsync();

        Assert.Equal("1", harness.Store.Text("a"));
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Flush.DeadLettered);
    }

    [Fact]
    public async Task An_entry_that_is_refused_alone_becomes_a_dead_letter_after_the_third_refusal()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.BeforeSave = RefusesValue("bad");
        await harness.Cache.SetAsync("k", "bad");

        await harness.Cache.Operations.FlushAsync();
        await harness.Cache.Operations.FlushAsync();
        Assert.Empty(await harness.Cache.Operations.GetDeadLettersAsync());
        await harness.Cache.Operations.FlushAsync();

        Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync());
    }

    [Fact]
    public async Task An_entry_below_the_stores_version_adopts_the_stores_row()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.Put("k", "from the future", 1L << 52);
        await harness.Cache.SetAsync("k", "mine");

        await harness.Cache.Operations.FlushAsync();

        var read = await harness.Cache.GetAsync("k", ReadFrom.Tier);
        Assert.Equal("from the future", read.Value);
        Assert.Equal(1L << 52, read.Version);
        Assert.Equal(1, (await harness.Cache.Operations.GetStatisticsAsync()).Flush.Superseded);
    }

    [Fact]
    public async Task What_is_stored_beside_an_entry_whose_row_can_not_be_loaded_is_settled_and_counted_once()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Flush.Interval = TimeSpan.FromHours(1));
        await harness.Cache.SetManyAsync([new("a", "mine"), new("b", "mine"), new("c", "mine")]);
        harness.Store.Put("b", "theirs", VersionIssuer.Highest - 10);
        harness.Store.OnLoad = static (_, _) => throw new StoreException("away", isTransient: true);

        await harness.Cache.Operations.FlushAsync();
        var first = (await harness.Cache.Operations.GetStatisticsAsync()).Dirty.Entries;
        harness.Store.OnLoad = static (_, _) => Task.CompletedTask;
        await harness.Cache.Operations.FlushAsync();

        Assert.Equal(1, first);
        var counts = (await harness.Cache.Operations.GetStatisticsAsync()).Flush;
        Assert.Equal((2, 0, 1), (counts.Stored, counts.AlreadyStored, counts.Superseded));
        Assert.Equal("theirs", (await harness.Cache.GetAsync("b")).Value);
    }

    [Fact]
    public async Task Who_gives_up_a_flush_by_hand_does_not_break_off_the_pass()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Flush.Interval = TimeSpan.FromHours(1));
        var gate = new Gate();
        harness.Store.OnSaving = gate.PassAsync;
        using var source = new CancellationTokenSource();
        await harness.Cache.SetAsync("k", "v");
        var flush = harness.Cache.Operations.FlushAsync(source.Token).AsTask();
        await gate.ArrivedAsync();

        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush.WaitAsync(TimeSpan.FromSeconds(20)));
        gate.Open();

        await harness.Cache.Operations.FlushAsync();
        Assert.Single(harness.Store.Saves);
        Assert.Equal("v", harness.Store.Text("k"));
    }

    [Fact]
    public async Task A_commit_whose_reply_was_lost_is_repeated_without_effect()
    {
        await using var harness = await CacheHarness.StartAsync();
        var lost = false;
        harness.Store.AfterSave = _ =>
        {
            if (lost)
            {
                return Task.CompletedTask;
            }

            lost = true;
            throw new TimeoutException("the reply was lost");
        };
        await harness.Cache.SetAsync("k", "v");

        var first = await harness.Cache.Operations.FlushAsync();
        var second = await harness.Cache.Operations.FlushAsync();

        Assert.Equal("the reply was lost", first.Failed["k"]);
        Assert.Equal(1, second.Stored);
        var flush = (await harness.Cache.Operations.GetStatisticsAsync()).Flush;
        Assert.Equal((0, 1), (flush.Stored, flush.AlreadyStored));
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Dirty.Entries);
    }

    [Fact]
    public async Task What_failed_is_saved_again_after_its_back_off_however_long_the_interval_is()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Flush.Interval = TimeSpan.FromHours(1));
        var lost = 0;
        harness.Store.BeforeSave = _ => lost++ < 3 ? throw new TimeoutException("the connection was lost") : Task.CompletedTask;
        var began = harness.Time.GetUtcNow();

        var write = harness.Cache.SetAsync("k", "v", new WriteOptions { Durability = Durability.Stored }).AsTask();
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "that the write is stored");

        Assert.Equal(Durability.Stored, (await write).Durability);
        Assert.True(harness.Time.GetUtcNow() - began < TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_delete_is_stored_as_a_tombstone_that_a_late_replay_cannot_lift()
    {
        await using var harness = await CacheHarness.StartAsync();
        var set = await harness.Cache.SetAsync("k", "v");
        await harness.Cache.Operations.FlushAsync();
        var late = harness.Store.Saves.First();
        await harness.Cache.RemoveAsync("k");
        Assert.False((await harness.Cache.GetAsync("k")).Found);
        await harness.Cache.Operations.FlushAsync();

        var outcome = Assert.Single(await harness.Store.SaveAsync(late, CancellationToken.None));

        Assert.Equal(SaveOutcomeKind.Superseded, outcome.Kind);
        Assert.True(harness.Store.Rows["k"].Deleted);
        Assert.True(harness.Store.Rows["k"].Version > set.Version);
        await harness.Cache.InvalidateAllAsync();
        Assert.False((await harness.Cache.GetAsync("k")).Found);
    }

    private static Func<IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>>, Task> RefusesValue(string value) =>
        batch =>
            batch.Any(write => write.Value.Span.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(value)))
                ? throw new StoreException("too " + value, isTransient: false)
                : Task.CompletedTask;
}

using Remanso.Conformance.Tiers;
using Remanso.Stores;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

[Collection(ManualClockTests.Name)]
public sealed class WhenFullTests
{
    [Fact]
    public async Task A_write_that_is_refused_has_what_is_dirty_flushed_however_long_the_interval_is()
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
            (options.Tier.MaxDirtyEntries, options.Flush.Interval) = (2, TimeSpan.FromHours(1))
        );
        await harness.Cache.SetAsync("first", "v");
        await harness.Cache.SetAsync("second", "v");

        await Assert.ThrowsAsync<BackPressureException>(async () => await harness.Cache.SetAsync("third", "v"));
        await harness.AdvanceUntilAsync(() => Dirty(harness) == 0, "the flush");

        await harness.Cache.SetAsync("third", "v");
        Assert.InRange(harness.Time.GetUtcNow().TimeOfDay, TimeSpan.FromHours(12), TimeSpan.FromHours(12.5));
    }

    [Fact]
    public async Task What_of_a_batch_was_accepted_stays_so_where_the_tier_goes_away_before_the_rest_went_past_it()
    {
        FaultyTier tier = null!;
        await using var harness = await CacheHarness.StartAsync(
            static options =>
            {
                (options.Tier.MaxDirtyEntries, options.Flush.Interval) = (2, TimeSpan.FromHours(1));
                (options.Tier.WhenFull, options.WhenTierIsDown) = (WhenFull.WriteThrough, WhenTierIsDown.WriteThrough);
            },
            decorate: inner => tier = new FaultyTier(inner) { IsLocal = false }
        );
        tier.Before = static operation =>
            operation == nameof(ICacheTier.ReadManyAsync)
                ? throw new TierUnavailableException("taken away by the test", mayHaveHappened: false)
                : ValueTask.CompletedTask;

        var outcomes = await harness.Cache.SetManyAsync([new("a", "1"), new("b", "2"), new("c", "3")]);

        Assert.Equal(
            [Durability.Accepted, Durability.Accepted, Durability.Stored],
            outcomes.Select(static outcome => outcome.Receipt.Durability)
        );
        Assert.Equal("3", harness.Store.Text("c"));
    }

    [Fact]
    public async Task A_write_that_finds_the_cache_full_waits_for_room()
    {
        var down = true;
        await using var harness = await StartFullAsync(() => down);

        var write = harness.Cache.SetAsync("third", "v").AsTask();
        await CacheHarness.SettleAsync();
        Assert.False(write.IsCompleted);
        down = false;
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "that there is room");

        await write;
        Assert.Equal("v", (await harness.Cache.GetAsync("third")).Value);
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Refused);
    }

    [Fact]
    public async Task A_write_that_has_waited_for_long_enough_is_refused_and_counted_once()
    {
        await using var harness = await StartFullAsync(static () => true, maxWaitSeconds: 2);
        var began = harness.Time.GetUtcNow();

        var write = harness.Cache.SetAsync("third", "v").AsTask();
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "the end of the wait");

        await Assert.ThrowsAsync<BackPressureException>(() => write);
        Assert.InRange(harness.Time.GetUtcNow() - began, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2.2));
        Assert.Equal(1, (await harness.Cache.Operations.GetStatisticsAsync()).Refused);
    }

    [Fact]
    public async Task An_increment_waits_for_room_like_any_write()
    {
        var isDown = true;
        await using var harness = await StartFullAsync(() => isDown);

        var increment = harness.Cache.IncrementAsync("third", 5).AsTask();
        await CacheHarness.SettleAsync();
        Assert.False(increment.IsCompleted);
        isDown = false;

        await harness.AdvanceUntilAsync(() => increment.IsCompleted, "the increment");
        Assert.Equal(5, (await increment).Value);
    }

    [Fact]
    public async Task A_write_that_waits_can_be_given_up()
    {
        await using var harness = await StartFullAsync(static () => true);
        using var source = new CancellationTokenSource();

        var write = harness.Cache.SetAsync("third", "v", cancellationToken: source.Token).AsTask();
        await CacheHarness.SettleAsync();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
    }

    [Fact]
    public async Task No_more_than_a_thousand_writes_wait_and_further_ones_are_refused_at_once()
    {
        await using var harness = await StartFullAsync(static () => true, maxWaitSeconds: 2);
        var writes = Enumerable.Range(0, 1000).Select(i => harness.Cache.SetAsync($"waits{i}", "v").AsTask()).ToArray();
        await CacheHarness.SettleAsync();

        await Assert.ThrowsAsync<BackPressureException>(async () => await harness.Cache.SetAsync("one too many", "v"));

        Assert.All(writes, static write => Assert.False(write.IsCompleted));
        await harness.AdvanceUntilAsync(() => Array.TrueForAll(writes, static write => write.IsCompleted), "the end of the waits");
        Assert.All(writes, static write => Assert.IsType<BackPressureException>(write.Exception!.InnerException));
    }

    [Fact]
    public async Task A_write_past_a_full_cache_is_stored_when_it_returns_and_is_what_readers_see()
    {
        await using var harness = await StartFullAsync(static () => false, policy: WhenFull.WriteThrough, flushes: false);
        harness.Store.Rows["third"] = harness.Store.Rows.GetValueOrDefault("third") with
        {
            Key = "third",
            Value = "old"u8.ToArray(),
            Version = 7,
        };
        Assert.Equal("old", (await harness.Cache.GetAsync("third")).Value);

        var receipt = await harness.Cache.SetAsync("third", "new");

        Assert.Equal(Durability.Stored, receipt.Durability);
        Assert.Equal(receipt.Version, harness.Store.Rows["third"].Version);
        Assert.Equal("new", (await harness.Cache.GetAsync("third")).Value);
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Refused);
    }

    [Fact]
    public async Task A_write_past_a_full_cache_that_fails_after_it_was_stored_leaves_no_older_copy()
    {
        await using var harness = await StartFullAsync(static () => false, policy: WhenFull.WriteThrough, flushes: false);
        harness.Store.Put("third", "old", 7);
        var old = await harness.Cache.GetAsync("third");
        harness.Store.AfterSave = static _ => throw new OperationCanceledException("the caller has given up");

        await Assert.ThrowsAsync<StoreException>(async () => await harness.Cache.SetAsync("third", "new"));

        harness.Store.AfterSave = static _ => Task.CompletedTask;
        Assert.Equal("new", (await harness.Cache.GetAsync("third")).Value);
        await Assert.ThrowsAsync<VersionConflictException>(async () =>
            await harness.Cache.SetAsync("third", "over", new() { Condition = WriteCondition.IsVersion(old.Version) })
        );
    }

    [Fact]
    public async Task A_store_that_never_answers_a_save_past_the_tier_frees_its_place_in_time()
    {
        await using var harness = await StartFullAsync(static () => false, policy: WhenFull.WriteThrough, flushes: false);
        var never = new TaskCompletionSource();
        harness.Store.OnSaving = _ => never.Task;

        var writes = Enumerable.Range(0, 5).Select(i => harness.Cache.SetAsync($"k{i}", "v").AsTask()).ToArray();
        await CacheHarness.SettleAsync();
        for (var round = 0; round < 2; round++)
        {
            harness.Time.Advance(TimeSpan.FromSeconds(31));
            await CacheHarness.SettleAsync();
        }

        Assert.All(writes, static write => Assert.True(Assert.IsType<StoreException>(write.Exception?.InnerException).IsTransient));
        never.SetResult();
    }

    [Fact]
    public async Task Past_a_full_cache_conditions_are_checked_against_the_row()
    {
        await using var harness = await StartFullAsync(static () => false, policy: WhenFull.WriteThrough, flushes: false);
        var receipt = await harness.Cache.SetAsync("third", "1");

        await Assert.ThrowsAsync<VersionConflictException>(async () =>
            await harness.Cache.SetAsync("third", "2", new() { Condition = WriteCondition.Absent })
        );
        var second = await harness.Cache.SetAsync("third", "2", new() { Condition = WriteCondition.IsVersion(receipt.Version) });

        Assert.True(second.Version > receipt.Version);
        Assert.Equal("2", (await harness.Cache.GetAsync("third")).Value);
    }

    [Fact]
    public async Task Past_a_full_cache_goes_no_write_whose_key_is_dirty_there()
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
        {
            (options.MaxValueBytes, options.Tier.MaxDirtyBytes, options.Tier.WhenFull) = (900, 3000, WhenFull.WriteThrough);
            options.Flush.Interval = TimeSpan.FromHours(1);
        });
        harness.Store.BeforeSave = static _ => throw new StoreException("down", isTransient: true);
        var large = new string('v', 900);
        await harness.Cache.SetManyAsync([new("first", "v"), new("a", large), new("b", large), new("c", large)]);

        await Assert.ThrowsAsync<BackPressureException>(async () => await harness.Cache.SetAsync("first", large));

        Assert.Equal("v", (await harness.Cache.GetAsync("first")).Value);
        Assert.Empty(harness.Store.Rows);
    }

    [Fact]
    public async Task Increments_and_writes_to_be_known_again_are_refused_by_a_full_cache()
    {
        await using var harness = await StartFullAsync(static () => false, policy: WhenFull.WriteThrough, flushes: false);

        await Assert.ThrowsAsync<BackPressureException>(async () => await harness.Cache.IncrementAsync("third"));
        await Assert.ThrowsAsync<BackPressureException>(async () =>
            await harness.Cache.SetAsync("third", "v", new() { IdempotencyKey = "again" })
        );
    }

    [Fact]
    public async Task Of_many_writes_those_without_room_leave_for_the_store_as_one_batch()
    {
        await using var harness = await StartFullAsync(static () => false, policy: WhenFull.WriteThrough, flushes: false);
        var saves = 0;
        harness.Store.BeforeSave = batch =>
        {
            if (IsOfFlush(batch))
            {
                throw new StoreException("down", isTransient: true);
            }

            saves++;
            return Task.CompletedTask;
        };

        var outcomes = await harness.Cache.SetManyAsync([new("first", "w"), new("a", "1"), new("b", "2"), new("c", "3")]);

        Assert.Equal(1, saves);
        Assert.Equal(["a", "b", "c"], harness.Store.Rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(outcomes, static outcome => Assert.Null(outcome.Error));
        Assert.Equal(
            [Durability.Accepted, Durability.Stored, Durability.Stored, Durability.Stored],
            outcomes.Select(static outcome => outcome.Receipt.Durability)
        );
    }

    [Fact]
    public async Task Of_many_writes_what_was_accepted_stays_so_where_the_store_does_not_take_those_without_room()
    {
        await using var harness = await StartFullAsync(static () => true, policy: WhenFull.WriteThrough, flushes: false);

        var outcomes = await harness.Cache.SetManyAsync([new("first", "w"), new("a", "1"), new("b", "2")]);

        Assert.Equal((null, Durability.Accepted), (outcomes[0].Error, outcomes[0].Receipt.Durability));
        Assert.NotEqual(0, outcomes[0].Receipt.Version);
        Assert.All(outcomes.Skip(1), static outcome => Assert.Equal("down", Assert.IsType<StoreException>(outcome.Error).Message));
    }

    [Fact]
    public async Task A_store_that_lags_too_far_behind_ends_the_growth_of_what_is_dirty()
    {
        var isDown = true;
        await using var harness = await CacheHarness.StartAsync(static options => options.Tier.MaxDirtyAge = TimeSpan.FromSeconds(2));
        harness.Store.BeforeSave = _ => isDown ? throw new StoreException("down", isTransient: true) : Task.CompletedTask;
        await harness.Cache.SetAsync("first", "v");
        harness.Time.Advance(TimeSpan.FromSeconds(3));

        await Assert.ThrowsAsync<BackPressureException>(async () => await harness.Cache.SetAsync("second", "v"));
        await harness.Cache.SetAsync("first", "w");
        isDown = false;
        // A flush that was under way may bring the value from before.
        await harness.AdvanceUntilAsync(() => harness.Store.Text("first") == "w", "the flush");
        harness.Time.Advance(TimeSpan.FromMilliseconds(100));

        await harness.Cache.SetAsync("second", "v");
    }

    private static async Task<CacheHarness> StartFullAsync(
        Func<bool> isDown,
        int maxWaitSeconds = 60,
        WhenFull policy = WhenFull.Wait,
        bool flushes = true
    )
    {
        var harness = await CacheHarness.StartAsync(options =>
        {
            options.Tier.MaxDirtyEntries = 2;
            options.Tier.WhenFull = policy;
            options.Flush.Interval = flushes ? options.Flush.Interval : TimeSpan.FromHours(1);
            options.Tier.MaxWait = TimeSpan.FromSeconds(maxWaitSeconds);
        });
        harness.Store.BeforeSave = batch =>
            isDown() || (!flushes && IsOfFlush(batch)) ? throw new StoreException("down", isTransient: true) : Task.CompletedTask;
        await harness.Cache.SetAsync("first", "v");
        await harness.Cache.SetAsync("second", "v");
        return harness;
    }

    private static long Dirty(CacheHarness harness) =>
        harness.Cache.Operations.GetStatisticsAsync().AsTask().GetAwaiter().GetResult().Dirty.Entries;

    // A refusal asks for a flush, so a long interval alone holds none back.
    private static bool IsOfFlush(IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch) => batch[0].FencingToken != 0;
}

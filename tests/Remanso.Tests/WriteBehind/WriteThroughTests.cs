using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Stores;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>While the tier can't be reached, writes are refused, or go to the store with a version.</summary>
[Collection(ManualClockTests.Name)]
public sealed class WriteThroughTests
{
    private const int OwedMost = 10_000;

    [Fact]
    public async Task A_write_is_refused_while_the_tier_is_down_unless_set_otherwise()
    {
        var (harness, tier) = await DownTier.StartAsync();
        await using var running = harness;
        tier.TakeAway();

        var first = await Assert.ThrowsAsync<TierUnavailableException>(() => harness.Cache.SetAsync("k", "v").AsTask());
        await harness.Cache.GetAsync("k");
        using var stall = tier.Stall();
        var second = await Assert.ThrowsAsync<TierUnavailableException>(() =>
            harness.Cache.SetAsync("k", "v").AsTask().WaitAsync(TimeSpan.FromSeconds(20))
        );

        Assert.False(first.MayHaveHappened);
        Assert.False(second.MayHaveHappened);
        Assert.Empty(harness.Store.Saves);
    }

    [Fact]
    public async Task A_write_goes_to_the_store_with_a_version_above_the_rows_and_the_clock()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        harness.Store.Put("old", "row", 5);
        harness.Store.Put("ahead", "row", VersionIssuer.Highest - 10);
        tier.TakeAway();

        var old = await harness.Cache.SetAsync("old", "new");
        var ahead = await harness.Cache.SetAsync("ahead", "new");
        var gone = await harness.Cache.RemoveAsync("old");

        Assert.Equal(new WriteReceipt(tier.Tier.Now, Durability.Stored), old);
        Assert.Equal(new WriteReceipt(VersionIssuer.Highest - 9, Durability.Stored), ahead);
        Assert.True(gone.Version > old.Version);
        Assert.Equal("new", (await harness.Cache.GetAsync("ahead")).Value);
        Assert.False((await harness.Cache.GetAsync("old")).Found);
    }

    [Fact]
    public async Task A_condition_is_checked_against_the_row()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        harness.Store.Put("k", "row", 5);
        tier.TakeAway();

        var conflict = await Assert.ThrowsAsync<VersionConflictException>(() =>
            harness.Cache.SetAsync("k", "v", new WriteOptions { Condition = WriteCondition.IsVersion(4) }).AsTask()
        );
        await Assert.ThrowsAsync<VersionConflictException>(() =>
            harness.Cache.SetAsync("k", "v", new WriteOptions { Condition = WriteCondition.Absent }).AsTask()
        );
        var written = await harness.Cache.SetAsync("k", "v", new WriteOptions { Condition = WriteCondition.IsVersion(5) });

        Assert.Equal(5, conflict.CurrentVersion);
        Assert.Equal(6, written.Version);
        Assert.Equal("v", harness.Store.Text("k"));
    }

    [Fact]
    public async Task Of_two_writers_with_the_same_condition_one_wins()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        harness.Store.Put("k", "row", 5);
        tier.TakeAway();
        var gate = new Gate();
        harness.Store.BeforeSave = _ => gate.PassAsync();

        var options = new WriteOptions { Condition = WriteCondition.IsVersion(5) };
        Task<WriteReceipt>[] writers =
        [
            harness.Cache.SetAsync("k", "a", options).AsTask(),
            harness.Cache.SetAsync("k", "b", options).AsTask(),
        ];
        await gate.ArrivedAsync(2);
        gate.Open();

        await Assert.ThrowsAsync<VersionConflictException>(() => Task.WhenAll(writers));
        Assert.Contains(writers, static writer => writer.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_write_that_lost_to_a_higher_version_is_done_again_above_it()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        tier.TakeAway();
        var other = tier.Tier.Now + 1000;
        harness.Store.BeforeSave = _ =>
        {
            harness.Store.Put("k", "another process's", other);
            harness.Store.BeforeSave = static _ => Task.CompletedTask;
            return Task.CompletedTask;
        };

        var written = await harness.Cache.SetAsync("k", "mine");

        Assert.Equal(other + 1, written.Version);
        Assert.Equal("mine", harness.Store.Text("k"));
    }

    [Fact]
    public async Task A_write_that_may_have_reached_the_tier_is_not_done_a_second_time()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        tier.Tier.After = static operation =>
            operation == nameof(ICacheTier.WriteAsync)
                ? throw new TierUnavailableException("the reply was lost", mayHaveHappened: true)
                : ValueTask.CompletedTask;

        var lost = await Assert.ThrowsAsync<TierUnavailableException>(() => harness.Cache.SetAsync("k", "v").AsTask());

        Assert.True(lost.MayHaveHappened);
        Assert.Empty(harness.Store.Saves);
    }

    [Fact]
    public async Task A_reader_does_not_share_a_load_from_before_a_write_that_has_returned()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        harness.Store.Put("k", "old", 5);
        tier.TakeAway();
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        var before = harness.Cache.GetAsync("k").AsTask();
        await gate.ArrivedAsync();
        harness.Store.OnLoad = static (_, _) => Task.CompletedTask;

        await harness.Cache.SetAsync("k", "new");
        var after = await harness.Cache.GetAsync("k");
        gate.Open();

        Assert.Equal("new", after.Value);
        Assert.Equal("old", (await before).Value);
    }

    [Fact]
    public async Task Many_writes_go_as_one_batch_and_a_key_twice_keeps_its_order()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        tier.TakeAway();

        var outcomes = await harness.Cache.SetManyAsync([new("b", "1"), new("a", "1"), new("b", "2")]);

        Assert.All(outcomes, static outcome => Assert.Equal((Durability.Stored, null), (outcome.Receipt.Durability, outcome.Error)));
        Assert.Equal(("1", "2"), (harness.Store.Text("a"), harness.Store.Text("b")));
        Assert.Equal(2, harness.Store.Saves.Count);
    }

    [Fact]
    public async Task The_stale_copy_in_the_tier_does_not_come_back_with_it()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        harness.Store.Put("k", "old", 5);
        Assert.Equal("old", (await harness.Cache.GetAsync("k")).Value);
        tier.TakeAway();
        await harness.Cache.SetAsync("k", "new");

        // Reachable for writes and reads, but not yet for dropping the copy: it is not served.
        tier.GiveBack();
        tier.TakeAway(nameof(ICacheTier.InvalidateAsync));
        harness.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("new", (await harness.Cache.GetAsync("k")).Value);
        tier.GiveBack();
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "the tier is in use again");

        Assert.Equal("new", (await harness.Cache.GetAsync("k")).Value);
        Assert.Equal(ReadSource.Tier, (await harness.Cache.GetAsync("k")).Source);
    }

    [Fact]
    public async Task The_stale_copy_of_a_write_that_failed_after_it_was_stored_does_not_come_back()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        harness.Store.Put("k", "old", 5);
        Assert.Equal("old", (await harness.Cache.GetAsync("k")).Value);
        tier.TakeAway();
        harness.Store.AfterSave = static _ => throw new StoreException("the reply was lost", isTransient: true);

        await Assert.ThrowsAsync<StoreException>(() => harness.Cache.SetAsync("k", "new").AsTask());
        tier.GiveBack();
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "the tier is in use again");

        Assert.Equal("new", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_write_past_a_tier_that_is_coming_back_leaves_no_older_copy()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        var other = Enumerable.Range(0, 10_000).Select(static n => $"k{n}").First(key => PartitionOf(key) == PartitionOf("k"));
        harness.Store.Put("k", "old", 5);
        harness.Store.Put(other, "old", 5);
        await harness.Cache.GetManyAsync(["k", other]);
        tier.TakeAway();
        await harness.Cache.SetAsync("k", "new");
        var gate = new Gate();
        tier.Tier.Before = operation =>
            operation == nameof(ICacheTier.InvalidateAsync) ? new ValueTask(gate.PassAsync()) : ValueTask.CompletedTask;
        var arrived = gate.ArrivedAsync();
        await harness.AdvanceUntilAsync(() => arrived.IsCompleted, "that the copies are being dropped");

        var write = harness.Cache.SetAsync(other, "new").AsTask();
        await CacheHarness.SettleAsync();
        Assert.False(write.IsCompleted);
        gate.Open();
        await write;
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "the tier is in use again");

        Assert.Equal("new", (await harness.Cache.GetAsync(other)).Value);

        int PartitionOf(string key) => Partition.Of(key, tier.Tier.Partitions);
    }

    [Fact]
    public async Task More_stale_copies_than_can_be_remembered_are_all_dropped()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        harness.Store.Put("untouched", "row", 5);
        await harness.Cache.GetAsync("untouched");
        tier.TakeAway();
        await harness.Cache.SetManyAsync([.. Enumerable.Range(0, OwedMost + 1).Select(static n => KeyValuePair.Create($"k{n}", "v"))]);

        tier.GiveBack();
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "the tier is in use again");

        Assert.Equal(ReadSource.Store, (await harness.Cache.GetAsync("untouched")).Source);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_write_past_the_tier_ends_a_dead_letter_of_its_key(bool isRemoval, bool areMany)
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => !write.Deleted && write.Value.Span.SequenceEqual("bad"u8))
                ? throw new StoreException("too long", isTransient: false) { BlamesRow = true }
                : Task.CompletedTask;
        await harness.Cache.SetAsync("k", "bad");
        await harness.AdvanceUntilAsync(() => Letters(harness) == 1, "the dead letter");
        tier.TakeAway();

        var receipt = isRemoval ? await harness.Cache.RemoveAsync("k") : await harness.Cache.SetAsync("k", "good");
        if (areMany)
        {
            await harness.Cache.SetManyAsync([.. Enumerable.Range(0, OwedMost + 1).Select(static n => KeyValuePair.Create($"k{n}", "v"))]);
        }

        tier.GiveBack();
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "the tier is in use again");
        await harness.AdvanceUntilAsync(
            () => Letters(harness) == 0 && Value(harness) == (isRemoval ? null : "good"),
            "that readers get what was written last"
        );

        Assert.Equal(Durability.Stored, receipt.Durability);
        Assert.Equal(receipt.Version, harness.Store.Rows["k"].Version);
    }

    private static string? Value(CacheHarness harness) => harness.Cache.GetAsync("k").AsTask().GetAwaiter().GetResult().Value;

    private static long Letters(CacheHarness harness) =>
        harness.Cache.Operations.GetStatisticsAsync().AsTask().GetAwaiter().GetResult().Dirty.DeadLetters;

    private static Task<(CacheHarness Harness, DownTier Tier)> StartAsync() =>
        DownTier.StartAsync(static options => options.WhenTierIsDown = WhenTierIsDown.WriteThrough);
}

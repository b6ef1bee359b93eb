using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Tiers.Journal;

/// <summary>What a journal brings back may be older than its row: the journal was behind, or is a copy from before.</summary>
[Collection(ManualClockTests.Name)]
public sealed class ReturnedEntryTests
{
    private static readonly WriteOptions _logged = new() { Durability = Durability.Logged };

    [Theory]
    [InlineData(WriteMode.Behind)]
    [InlineData(WriteMode.EveryVersion)]
    public async Task One_that_is_older_than_its_row_answers_no_read_and_is_the_base_of_nothing(WriteMode mode)
    {
        var (journal, store, old) = await LeaveAsync("counter", "50");
        store.Put("counter", "75", old + 1);
        await using var harness = await CacheHarness.StartAsync(
            options =>
            {
                options.Flush.Interval = TimeSpan.FromHours(1);
                options.WriteMode = mode;
            },
            store,
            journal: journal
        );

        var read = await harness.Cache.GetAsync("counter");
        Assert.Equal(("75", old + 1, false), (read.Value, read.Version, read.Stale));
        var conflict = await AskAsync(harness, () =>
            Assert.ThrowsAsync<VersionConflictException>(() =>
                harness.Cache.SetAsync("counter", "lost update", new WriteOptions { Condition = WriteCondition.IsVersion(old) }).AsTask()
            )
        );
        Assert.Equal(old + 1, conflict.CurrentVersion);
        var updated = await AskAsync(harness, () => harness.Cache.UpdateAsync("counter", static text => text + "+1").AsTask());
        await harness.Cache.Operations.FlushAsync();
        Assert.Equal(("75+1", updated.Receipt.Version), (store.Text("counter"), store.Rows["counter"].Version));
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Dirty.Entries);
    }

    [Fact]
    public async Task One_that_is_newer_than_its_row_is_read_and_built_on()
    {
        var (journal, store, version) = await LeaveAsync("k", "after");
        store.Put("k", "before", version - 1);
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Flush.Interval = TimeSpan.FromHours(1),
            store,
            journal: journal
        );

        var read = await harness.Cache.GetAsync("k");
        Assert.Equal(("after", version, false, true), (read.Value, read.Version, read.Stale, read.Entry!.IsDirty));
        await harness.Cache.GetAsync("k");
        await harness.Cache.SetAsync("k", "later", new WriteOptions { Condition = WriteCondition.IsVersion(version) });
        Assert.Single(store.Loads);
        await harness.Cache.Operations.FlushAsync();
        Assert.Equal("later", store.Text("k"));
    }

    [Theory]
    [InlineData(-1, "after")]
    [InlineData(1, "row")]
    public async Task A_load_that_may_fill_nothing_is_compared_with_it_as_well(int newer, string expected)
    {
        var (journal, store, version) = await LeaveAsync("k", "after");
        store.Put("k", "row", version + newer);
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Flush.Interval = TimeSpan.FromHours(1),
            store,
            journal: journal
        );

        foreach (var skips in new[] { ReadSkip.TierWrite, ReadSkip.TierRead | ReadSkip.TierWrite })
        {
            var read = await harness.Cache.GetAsync("k", new ReadOptions { Skips = skips });

            Assert.Equal((expected, Math.Max(version, version + newer), false), (read.Value, read.Version, read.Stale));
        }
    }

    [Fact]
    public async Task While_the_store_is_away_it_is_a_stale_answer()
    {
        var (journal, store, _) = await LeaveAsync("k", "v");
        store.OnLoad = static (_, _) => throw new IOException("The database is away.");
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Flush.Interval = TimeSpan.FromHours(1),
            store,
            journal: journal
        );

        var read = await harness.Cache.GetAsync("k");

        Assert.Equal(("v", true), (read.Value, read.Stale));
        await Assert.ThrowsAsync<IOException>(() => harness.Cache.GetAsync("k", new ReadOptions { Stale = StaleCopies.Never }).AsTask());
    }

    [Fact]
    public async Task A_load_from_before_its_settlement_fills_nothing()
    {
        await using var bed = await JournalBed.StartAsync();
        var version = await bed.WriteLoggedAsync("k", "v");
        await bed.RestartAsync();

        var lease = await bed.Tier.LeaseAsync("k");
        await bed.Tier.FlushAsync();
        var filled = await bed.Tier.FillAsync(TierSteps.Loaded("k", lease, "row from before", version - 1));

        Assert.False(filled.Filled);
        Assert.Equal(version, (await bed.Tier.HitAsync("k")).Version);
    }

    [Fact]
    public async Task A_dead_letter_is_superseded_by_a_newer_row_as_by_a_newer_write()
    {
        await using var bed = await JournalBed.StartAsync();
        var version = await bed.Tier.DeadLetterAsync("k", "refused");
        await bed.CloseAsync();
        await bed.RestartAsync();

        Assert.True((await bed.Tier.FillAsync(TierSteps.Loaded("k", await bed.Tier.LeaseAsync("k"), "row", version + 1))).Filled);

        Assert.Equal("row", (await bed.Tier.HitAsync("k")).Text());
        Assert.Empty(await bed.Tier.ListDeadLettersAsync(10, CancellationToken.None));
        Assert.Equal(0, (await bed.Tier.DirtyAsync()).DeadLetters);
        await bed.CloseAsync();
        Assert.Empty(bed.Journal.Rows);
    }

    /// <summary>A journal with one dirty entry in it, and a store that does not know of it.</summary>
    private static async Task<(ScriptedJournal Journal, ScriptedStore Store, long Version)> LeaveAsync(string key, string value)
    {
        var journal = new ScriptedJournal();
        await using var first = await CacheHarness.StartAsync(
            static options => options.Flush.Interval = TimeSpan.FromHours(1),
            journal: journal
        );
        var receipt = await first.Cache.SetAsync(key, value, _logged);
        var left = new ScriptedJournal { HighestVersion = journal.HighestVersion };
        left.Rows[key] = journal.Rows[key];
        return (left, new ScriptedStore(), receipt.Version);
    }

    /// <summary>Moves the clock while the answer waits for a flush.</summary>
    private static async Task<TResult> AskAsync<TResult>(CacheHarness harness, Func<Task<TResult>> ask)
    {
        var asking = ask();
        await harness.AdvanceUntilAsync(() => asking.IsCompleted, "the answer is there");
        return await asking;
    }
}

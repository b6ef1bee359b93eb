using Remanso.Conformance.Support;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary><see cref="Durability.Logged"/> from the caller's side, over a scripted journal.</summary>
[Collection(ManualClockTests.Name)]
public sealed class LoggedWriteTests
{
    private static readonly WriteOptions _logged = new() { Durability = Durability.Logged };

    [Fact]
    public async Task A_logged_write_returns_when_the_journal_has_it()
    {
        var journal = new ScriptedJournal();
        await using var harness = await CacheHarness.StartAsync(journal: journal);

        var receipt = await harness.Cache.SetAsync("k", "v", _logged);

        Assert.Equal(Durability.Logged, receipt.Durability);
        Assert.Equal(receipt.Version, journal.Rows["k"].Version);
    }

    [Fact]
    public async Task The_level_can_be_the_default_of_a_cache()
    {
        var journal = new ScriptedJournal();
        await using var harness = await CacheHarness.StartAsync(static options => options.Durability = Durability.Logged, journal: journal);

        Assert.Equal(Durability.Logged, (await harness.Cache.SetAsync("k", "v")).Durability);
        Assert.Equal(Durability.Logged, (await harness.Cache.RemoveAsync("k")).Durability);
        Assert.True(journal.Rows["k"].Entry!.IsTombstone);
    }

    [Fact]
    public async Task Many_logged_writes_of_one_call_share_a_commit()
    {
        var journal = new ScriptedJournal();
        var gate = new Gate();
        await using var harness = await CacheHarness.StartAsync(journal: journal);
        journal.BeforeCommit = _ => gate.PassAsync();
        await harness.Cache.SetAsync("first", "v");
        await gate.ArrivedAsync();

        var writing = harness
            .Cache.SetManyAsync([.. Enumerable.Range(0, 100).Select(i => KeyValuePair.Create($"k{i}", "v"))], _logged)
            .AsTask();
        gate.Open();

        Assert.All(await writing, outcome => Assert.Equal(Durability.Logged, outcome.Receipt.Durability));
        Assert.Equal([1, 100], journal.Commits.Select(static commit => commit.Count));
    }

    [Fact]
    public async Task While_the_journal_fails_a_logged_write_is_refused_before_anything_is_written_others_go_on_and_health_says_so()
    {
        var journal = new ScriptedJournal();
        await using var harness = await CacheHarness.StartAsync(journal: journal);
        journal.BeforeCommit = static _ => throw new TierJournalException("The disk is full.");
        var failed = await Assert.ThrowsAsync<DurabilityNotReachedException>(async () => await harness.Cache.SetAsync("k", "1", _logged));

        var refused = await Assert.ThrowsAsync<DurabilityUnavailableException>(async () => await harness.Cache.SetAsync("k", "2", _logged));
        Assert.Equal("Durability 'Logged' can't be had: the journal can't be written now; the log says why.", refused.Message);
        Assert.True(refused.IsPassing);
        Assert.Equal(("1", failed.Version), ((await harness.Cache.GetAsync("k")).Value, (await harness.Cache.GetAsync("k")).Version));
        Assert.Equal(Durability.Accepted, (await harness.Cache.SetAsync("k", "3")).Durability);
        Assert.Contains("The disk is full.", Assert.Single(harness.Registry.GetProblems()), StringComparison.Ordinal);

        journal.BeforeCommit = static _ => Task.CompletedTask;
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "the journal is written again");
        Assert.Equal(Durability.Logged, (await harness.Cache.SetAsync("k", "4", _logged)).Durability);
    }

    [Fact]
    public async Task What_a_crash_left_is_in_the_cache_before_anybody_reads_and_then_in_the_store()
    {
        var journal = new ScriptedJournal();
        var store = new ScriptedStore();
        var first = await CacheHarness.StartAsync(
            static options => options.Flush.Interval = TimeSpan.FromHours(1),
            store,
            journal: journal
        );
        var receipt = await first.Cache.SetAsync("k", "v", _logged);
        var left = new ScriptedJournal { HighestVersion = journal.HighestVersion };
        left.Rows["k"] = journal.Rows["k"];

        await using var second = await CacheHarness.StartAsync(store: new ScriptedStore(), journal: left);

        var read = await second.Cache.GetAsync("k");
        Assert.Equal(("v", receipt.Version, true), (read.Value, read.Version, read.Entry!.IsDirty));
        await second.Cache.Operations.FlushAsync();
        Assert.Equal(receipt.Version, second.Store.Rows["k"].Version);
        await first.DisposeAsync();
    }

    [Fact]
    public async Task A_journal_beside_a_tier_that_is_elsewhere_is_refused()
    {
        var exception = await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            CacheHarness.StartAsync(decorate: static tier => tier, journal: new ScriptedJournal(), journalAlone: true)
        );

        Assert.Contains("The journal scripted is for the memory tier", exception.Message, StringComparison.Ordinal);
    }
}

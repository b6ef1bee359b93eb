using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Tiers.Journal;

/// <summary>The journal of a cache that keeps every version.</summary>
[Collection(ManualClockTests.Name)]
public sealed class JournaledVersionTests
{
    [Fact]
    public async Task Every_version_that_is_not_stored_comes_back_in_its_order()
    {
        await using var bed = await JournalBed.StartAsync(keepsVersions: true);
        for (var i = 0; i < 5; i++)
        {
            await bed.Tier.WriteAsync("k", $"{i}");
        }

        await bed.WriteLoggedAsync("k", "5");
        await bed.WriteLoggedAsync("k", "6");

        await bed.RestartAsync();

        Assert.Equal(["0", "1", "2", "3", "4", "5", "6"], await TakeAsync(bed));
        Assert.Equal("6", (await bed.Tier.ReadAsync("k")).Entry!.Text());
        Assert.Equal(7, (await bed.Tier.DirtyAsync()).Entries);
    }

    [Fact]
    public async Task Versions_that_were_stored_do_not_come_back()
    {
        await using var bed = await JournalBed.StartAsync(keepsVersions: true);
        for (var i = 0; i < 3; i++)
        {
            await bed.WriteLoggedAsync("k", $"{i}");
        }

        var taken = Assert.Single(await bed.Tier.TakeAsync(await bed.Tier.AcquireAllAsync(), 2));
        await bed.Tier.SettleAsync(taken.Stored());
        await bed.WriteLoggedAsync("k", "3");

        await bed.RestartAsync();

        Assert.Equal(["2", "3"], await TakeAsync(bed));
        await bed.Tier.FlushAsync();
        await bed.CloseAsync();
        Assert.Empty(bed.Journal.Rows);
    }

    [Fact]
    public async Task Versions_that_were_stored_before_a_commit_are_never_written()
    {
        await using var bed = await JournalBed.StartAsync(keepsVersions: true);
        var stall = new Gate();
        bed.Journal.BeforeCommit = _ => stall.PassAsync();
        await bed.Tier.WriteAsync("other", "1");
        await CacheHarness.SettleAsync();
        for (var i = 0; i < 3; i++)
        {
            await bed.Tier.WriteAsync("k", $"{i}");
        }

        var taken = (await bed.Tier.TakeAsync(await bed.Tier.AcquireAllAsync())).Single(static entry => entry.Key == "k");
        var last = await bed.Tier.WriteAsync("k", "3");
        await bed.Tier.SettleAsync(taken.Stored());

        stall.Open();
        await bed.LoggedAsync("k", last);

        Assert.Equal(["3"], bed.Journal.Rows.Values.Where(static row => row.Key == "k").Select(static row => row.Entry!.Text()));
    }

    [Fact]
    public async Task What_a_failed_commit_held_is_committed_with_what_came_since()
    {
        await using var bed = await JournalBed.StartAsync(keepsVersions: true);
        bed.Journal.BeforeCommit = static _ => throw new TierJournalException("The disk is full.");
        await bed.Tier.WriteAsync("k", "0");
        await bed.Tier.WriteAsync("k", "1");
        await CacheHarness.SettleAsync();
        await bed.Tier.WriteAsync("k", "2");
        var taken = Assert.Single(await bed.Tier.TakeAsync(await bed.Tier.AcquireAllAsync(), 1));
        await bed.Tier.SettleAsync(taken.Stored());
        bed.Journal.BeforeCommit = static _ => Task.CompletedTask;
        while (bed.Journal.Commits.IsEmpty)
        {
            bed.Time.Advance(TimeSpan.FromSeconds(1));
            await CacheHarness.SettleAsync();
        }

        await bed.RestartAsync();

        Assert.Equal(["1", "2"], await TakeAsync(bed));
    }

    [Fact]
    public async Task A_dead_letter_comes_back_with_all_its_versions()
    {
        await using var bed = await JournalBed.StartAsync(keepsVersions: true);
        for (var i = 0; i < 3; i++)
        {
            await bed.Tier.WriteAsync("k", $"{i}");
        }

        await bed.Tier.SettleAsync(Assert.Single(await bed.Tier.TakeAsync(await bed.Tier.AcquireAllAsync())).DeadLettered());
        await bed.WriteLoggedAsync("other", "1");

        await bed.RestartAsync();

        var letter = Assert.Single(await bed.Tier.ListDeadLettersAsync(10, CancellationToken.None));
        Assert.Equal(("k", "too long"), (letter.Key, letter.Error));
        Assert.Equal(1, (await bed.Tier.DirtyAsync()).Entries);
        await bed.Tier.ReplayDeadLettersAsync(["k"], CancellationToken.None);
        Assert.Equal(["0", "1", "2"], await TakeAsync(bed));
    }

    [Fact]
    public async Task A_dropped_dead_letter_is_gone_with_all_its_versions()
    {
        await using var bed = await JournalBed.StartAsync(keepsVersions: true);
        for (var i = 0; i < 3; i++)
        {
            await bed.WriteLoggedAsync("k", $"{i}");
        }

        await bed.Tier.SettleAsync(Assert.Single(await bed.Tier.TakeAsync(await bed.Tier.AcquireAllAsync())).DeadLettered());
        await bed.Tier.DropDeadLettersAsync(["k"], CancellationToken.None);
        await bed.WriteLoggedAsync("other", "1");

        Assert.Equal(["other"], bed.Journal.Rows.Values.Select(static row => row.Key));
    }

    private static async Task<IEnumerable<string>> TakeAsync(JournalBed bed)
    {
        var taken = (await bed.Tier.TakeAsync(await bed.Tier.AcquireAllAsync())).Single(static entry => entry.Key == "k");
        return taken.Earlier.Append(taken.Entry).Select(static version => version.Text());
    }
}

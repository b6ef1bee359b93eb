using System.Text;
using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Stores;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

[Collection(ManualClockTests.Name)]
public sealed class DeadLetterEditTests
{
    [Fact]
    public async Task A_corrected_value_takes_the_place_of_the_refused_one_and_is_stored()
    {
        await using var harness = await StartAsync();

        var receipt = await harness.Cache.Operations.EditDeadLetterAsync("k", "good");
        Assert.Equal("good", (await harness.Cache.GetAsync("k")).Value);
        await harness.Cache.Operations.FlushAsync();

        Assert.Equal(receipt!.Value.Version, harness.Store.Rows["k"].Version);
        Assert.Equal("good", harness.Store.Text("k"));
        Assert.Empty(await harness.Cache.Operations.GetDeadLettersAsync());
    }

    [Fact]
    public async Task What_the_correction_does_not_say_stays()
    {
        await using var harness = await StartAsync(
            new()
            {
                ContentType = "text/x-note",
                Tags = ["t"],
                Lifetime = TimeSpan.FromDays(1),
            }
        );
        Assert.Equal("text/x-note", Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync()).ContentType);

        await harness.Cache.Operations.EditDeadLetterAsync("k", "good");

        await harness.Cache.Operations.FlushAsync();
        Assert.Equal("text/x-note", harness.Store.Rows["k"].ContentType);
        var written = harness.Store.Rows["k"].ExpiresAt - (long)TimeSpan.FromDays(1).TotalMicroseconds;
        Assert.InRange(
            DateTimeOffset.UnixEpoch.AddMicroseconds(written) - harness.Time.GetUtcNow(),
            -TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(1)
        );
        await harness.Cache.RemoveByTagAsync("t");
        harness.Store.Put("k", "another's", harness.Store.Rows["k"].Version + 1);
        Assert.Equal("another's", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_dead_letter_whose_lifetime_is_over_can_be_corrected_by_the_version_that_was_looked_at()
    {
        await using var harness = await StartAsync(new() { Lifetime = TimeSpan.FromMinutes(1) });
        harness.Time.Advance(TimeSpan.FromMinutes(2));
        var seen = Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync()).Version;

        var receipt = await harness.Cache.Operations.EditDeadLetterAsync(
            "k",
            "good",
            new() { Lifetime = TimeSpan.FromDays(1), Condition = WriteCondition.IsVersion(seen) }
        );
        await harness.Cache.Operations.FlushAsync();

        Assert.Equal(receipt!.Value.Version, harness.Store.Rows["k"].Version);
        Assert.Equal("good", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task One_that_a_journal_kept_past_its_lifetime_can_be_corrected()
    {
        var (journal, left) = (new ScriptedJournal(), new ScriptedJournal());
        await using (var first = await StartAsync(new() { Lifetime = TimeSpan.FromMinutes(1) }, journal: journal))
        {
            await first.AdvanceUntilAsync(
                () => journal.Rows.TryGetValue("k", out var record) && record.Entry!.IsDeadLetter,
                "that the journal has it"
            );
            left.HighestVersion = journal.HighestVersion;
            left.Rows["k"] = journal.Rows["k"];
        }

        var time = new ManualTimeProvider();
        time.Advance(TimeSpan.FromMinutes(5));
        await using var harness = await CacheHarness.StartAsync(time: time, journal: left);
        var seen = Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync()).Version;

        var receipt = await harness.Cache.Operations.EditDeadLetterAsync(
            "k",
            "good",
            new() { Lifetime = TimeSpan.FromDays(1), Condition = WriteCondition.IsVersion(seen) }
        );

        Assert.NotNull(receipt);
        Assert.Equal("good", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_correction_that_is_refused_is_a_dead_letter_again()
    {
        await using var harness = await StartAsync();

        var receipt = await harness.Cache.Operations.EditDeadLetterAsync("k", "bad again");
        await harness.Cache.SetAsync("other", "good again");
        await harness.Cache.Operations.FlushAsync();

        Assert.Equal(receipt!.Value.Version, Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync()).Version);
    }

    [Fact]
    public async Task Where_there_is_no_dead_letter_the_store_is_not_asked_for_one()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.OnLoad = static (_, _) => throw new StoreException("down", isTransient: true);

        Assert.Null(await harness.Cache.Operations.EditDeadLetterAsync("never was one", "good"));

        Assert.Empty(harness.Store.Loads);
    }

    [Fact]
    public async Task A_newer_write_is_not_corrected()
    {
        await using var harness = await StartAsync();
        await harness.Cache.SetAsync("k", "newer");

        Assert.Null(await harness.Cache.Operations.EditDeadLetterAsync("k", "good"));
        Assert.Null(await harness.Cache.Operations.EditDeadLetterAsync("never was one", "good"));

        Assert.Equal("newer", (await harness.Cache.GetAsync("k")).Value);
        Assert.False((await harness.Cache.GetAsync("never was one")).Found);
    }

    [Fact]
    public async Task Another_dead_letter_than_the_one_looked_at_is_not_corrected()
    {
        await using var harness = await StartAsync();
        var seen = Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync()).Version;

        await Assert.ThrowsAsync<VersionConflictException>(async () =>
            await harness.Cache.Operations.EditDeadLetterAsync("k", "good", new() { Condition = WriteCondition.IsVersion(seen - 1) })
        );

        Assert.NotNull(
            await harness.Cache.Operations.EditDeadLetterAsync("k", "good", new() { Condition = WriteCondition.IsVersion(seen) })
        );
    }

    [Fact]
    public async Task A_refused_delete_can_become_a_value()
    {
        await using var harness = await StartAsync(isDelete: true);
        var seen = Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync());
        Assert.True(seen.IsDeleted);

        Assert.NotNull(
            await harness.Cache.Operations.EditDeadLetterAsync("k", "good", new() { Condition = WriteCondition.IsVersion(seen.Version) })
        );

        await harness.Cache.Operations.FlushAsync();
        Assert.Equal("good", harness.Store.Text("k"));
    }

    // One dead letter: what the store refuses is a delete, or a value that begins with "bad".
    private static async Task<CacheHarness> StartAsync(WriteOptions? options = null, bool isDelete = false, ITierJournal? journal = null)
    {
        var harness = await CacheHarness.StartAsync(static options => options.Flush.Interval = TimeSpan.FromHours(1), journal: journal);
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write =>
                write.Deleted || Encoding.UTF8.GetString(write.Value.Span).StartsWith("bad", StringComparison.Ordinal)
            )
                ? throw new StoreException("refused", isTransient: false)
                : Task.CompletedTask;
        // Beside something that the store takes: refused alone, it would be tried again first.
        await harness.Cache.SetAsync("other", "good");
        if (isDelete)
        {
            await harness.Cache.RemoveAsync("k");
        }
        else
        {
            await harness.Cache.SetAsync("k", "bad", options);
        }

        await harness.Cache.Operations.FlushAsync();
        return harness;
    }
}

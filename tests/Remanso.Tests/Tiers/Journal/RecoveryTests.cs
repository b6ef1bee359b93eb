using Remanso.Conformance.Tiers;
using Remanso.Entries;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Tiers.Journal;

/// <summary>What a start makes of a journal.</summary>
[Collection(ManualClockTests.Name)]
public sealed class RecoveryTests
{
    [Fact]
    public async Task Dirty_entries_come_back_whole_and_are_flushed()
    {
        await using var bed = await JournalBed.StartAsync();
        var write = new TierWrite
        {
            Key = "k",
            Value = TierSteps.Bytes("v"),
            ContentType = "text/plain",
            Tags = ["a", "b"],
            ExpiresAt = bed.Tier.Now + 60_000_000,
        };
        var version = (await bed.Tier.TryWriteAsync(write)).Version;
        await bed.LoggedAsync("k", version);
        var deleted = await bed.Tier.DeleteAsync("gone");
        await bed.LoggedAsync("gone", deleted);

        await bed.RestartAsync();

        // Their rows may be newer: they are no hits before they were compared.
        var entry = (await bed.Tier.ReadAsync("k")).Entry!;
        Assert.True(entry.HasReturned);
        Assert.Equal(
            ("v", "text/plain", version, write.ExpiresAt, true),
            (entry.Text(), entry.ContentType, entry.Version, entry.ExpiresAt, entry.IsDirty)
        );
        Assert.Equal(["a", "b"], entry.Tags);
        var tombstone = (await bed.Tier.ReadAsync("gone")).Entry!;
        Assert.True(tombstone is { IsTombstone: true, HasReturned: true });
        Assert.Equal(deleted, tombstone.Version);
        Assert.Equal(2, (await bed.Tier.GetDirtyAsync(CancellationToken.None)).Entries);

        await bed.Tier.FlushAsync();
        Assert.False((await bed.Tier.HitAsync("k")).IsDirty);
        Assert.Equal(0, (await bed.Tier.GetDirtyAsync(CancellationToken.None)).Entries);
    }

    [Fact]
    public async Task A_recovered_tag_can_be_removed()
    {
        await using var bed = await JournalBed.StartAsync();
        var write = new TierWrite
        {
            Key = "k",
            Value = TierSteps.Bytes("v"),
            Tags = ["a"],
        };
        await bed.LoggedAsync("k", (await bed.Tier.TryWriteAsync(write)).Version);

        await bed.RestartAsync();
        await bed.Tier.FlushAsync();
        await bed.Tier.RemoveByTagAsync(["a"], CancellationToken.None);

        await bed.Tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task A_dead_letter_comes_back_as_one_with_its_reason_and_is_replayed()
    {
        await using var bed = await JournalBed.StartAsync();
        var version = await bed.Tier.DeadLetterAsync("k", "v", "too long");
        await bed.CloseAsync();

        await bed.RestartAsync();

        var letter = Assert.Single(await bed.Tier.ListDeadLettersAsync(10, CancellationToken.None));
        Assert.Equal(("k", "too long", version), (letter.Key, letter.Error, letter.Version));
        Assert.True(letter.AtMicros > 0);
        Assert.Equal(0, (await bed.Tier.GetDirtyAsync(CancellationToken.None)).Entries);
        Assert.Equal(1, await bed.Tier.ReplayDeadLettersAsync(["k"], CancellationToken.None));
        await bed.LoggedAsync("k", version);
        Assert.False(bed.Journal.Rows["k"].Entry!.IsDeadLetter);
    }

    [Fact]
    public async Task A_dropped_dead_letter_does_not_come_back()
    {
        await using var bed = await JournalBed.StartAsync();
        await bed.LoggedAsync("k", await bed.Tier.DeadLetterAsync("k", "v"));
        Assert.Equal(1, await bed.Tier.DropDeadLettersAsync(["k"], CancellationToken.None));
        await bed.CloseAsync();

        await bed.RestartAsync();

        Assert.Empty(await bed.Tier.ListDeadLettersAsync(10, CancellationToken.None));
        await bed.Tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task After_a_clock_set_back_no_version_is_below_one_that_was_committed()
    {
        await using var bed = await JournalBed.StartAsync();
        bed.Time.Advance(TimeSpan.FromDays(1));
        var stored = await bed.WriteLoggedAsync("stored", "v");
        await bed.Tier.FlushAsync();
        var dirty = await bed.WriteLoggedAsync("dirty", "v");
        await bed.CloseAsync();

        await bed.RestartAsync(new ManualTimeProvider());

        Assert.True(await bed.Tier.WriteAsync("stored", "w") > stored);
        Assert.True(await bed.Tier.WriteAsync("dirty", "w") > dirty);
    }

    [Fact]
    public async Task The_lag_of_what_is_recovered_counts_from_its_write()
    {
        await using var bed = await JournalBed.StartAsync();
        await bed.WriteLoggedAsync("k", "v");
        bed.Time.Advance(TimeSpan.FromMinutes(5));

        await bed.RestartAsync();

        Assert.Equal(TimeSpan.FromMinutes(5), (await bed.Tier.GetDirtyAsync(CancellationToken.None)).OldestAge);
    }

    [Fact]
    public async Task The_lag_of_what_is_recovered_is_that_of_the_oldest_though_the_journal_has_it_behind_newer_ones()
    {
        await using var bed = await JournalBed.StartAsync();
        await bed.WriteLoggedAsync("old", "v");
        bed.Time.Advance(TimeSpan.FromMinutes(5));
        // So many that some share its partition.
        for (var i = 0; i < 20; i++)
        {
            await bed.WriteLoggedAsync($"{i}", "v");
        }

        await bed.RestartAsync();

        Assert.Equal(TimeSpan.FromMinutes(5), (await bed.Tier.GetDirtyAsync(CancellationToken.None)).OldestAge);
    }

    [Fact]
    public async Task A_second_initialisation_changes_nothing()
    {
        await using var bed = await JournalBed.StartAsync();
        await bed.WriteLoggedAsync("k", "old");
        await bed.RestartAsync();
        await bed.WriteLoggedAsync("k", "new");

        await bed.Tier.InitializeAsync(CancellationToken.None);

        Assert.Equal("new", (await bed.Tier.HitAsync("k")).Text());
        Assert.Equal(1, (await bed.Tier.GetDirtyAsync(CancellationToken.None)).Entries);
    }

    [Fact]
    public async Task The_rows_of_another_cache_stay_in_the_journal()
    {
        await using var bed = await JournalBed.StartAsync();
        bed.Journal.Rows["x"] = new JournalRecord("other", "x", 7, new CacheEntry { Version = 7, State = EntryState.Dirty });

        await bed.RestartAsync();

        await bed.Tier.AssertMissAsync("x");
        Assert.True(bed.Journal.Rows.ContainsKey("x"));
    }
}

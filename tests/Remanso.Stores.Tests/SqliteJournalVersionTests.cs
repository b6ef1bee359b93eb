using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>The journal's table of versions, for caches that keep every version.</summary>
public sealed class SqliteJournalVersionTests : IAsyncDisposable
{
    private readonly SqliteJournalBed _bed = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_version_comes_back_whole_after_a_kill()
    {
        var full = new JournalRecord(
            "default",
            "k",
            3,
            new CacheEntry
            {
                Version = 3,
                State = EntryState.Dirty | EntryState.DeadLetter,
                Value = "three"u8.ToArray(),
                ContentType = "text/plain",
                Tags = ["a"],
                ExpiresAt = 99,
                CachedAt = 33,
            },
            "too long",
            44
        )
        {
            IsOneOfMany = true,
        };
        await _bed.LeaveAsync([Version("k", 1)], [Version("k", 2), full], [SqliteJournalBed.Dirty("plain", 7)]);

        var content = await _bed.Make().OpenAsync(Cancellation);

        var records = content
            .Records.OrderBy(static record => record.Key, StringComparer.Ordinal)
            .ThenBy(static record => record.Version)
            .ToArray();
        Assert.Equal(
            [("k", 1L, true), ("k", 2, true), ("k", 3, true), ("plain", 7, false)],
            records.Select(static record => (record.Key, record.Version, record.IsOneOfMany))
        );
        Assert.Equal(("too long", 44), (records[2].Error, records[2].FailedAt));
        Assert.Equal(
            ("text/plain", 99, 33, true),
            (records[2].Entry!.ContentType, records[2].Entry!.ExpiresAt, records[2].Entry!.CachedAt, records[2].Entry!.IsDeadLetter)
        );
        Assert.Equal((7, 0), (content.HighestVersion, content.Damages.Count));
    }

    [Fact]
    public async Task A_settlement_removes_the_versions_up_to_it_and_a_version_again_takes_its_own_place()
    {
        await _bed.CloseAsync(Version("k", 1), Version("k", 2), Version("k", 3), Version("other", 1));
        await _bed.CloseAsync(Settled("k", 2), Version("k", 3, EntryState.Dirty | EntryState.DeadLetter), Version("k", 4));

        var content = await _bed.Make().OpenAsync(Cancellation);

        Assert.Equal(
            [("k", 3L, true), ("k", 4, false), ("other", 1, false)],
            content
                .Records.OrderBy(static record => record.Key, StringComparer.Ordinal)
                .ThenBy(static record => record.Version)
                .Select(static record => (record.Key, record.Version, record.Entry!.IsDeadLetter))
        );
    }

    [Fact]
    public async Task A_mode_that_changed_leaves_no_row_behind()
    {
        await _bed.CloseAsync(SqliteJournalBed.Dirty("a", 1), Version("b", 1), Version("b", 2));
        await _bed.CloseAsync(Settled("a", 1), SqliteJournalBed.Settled("b", 2));

        Assert.Empty((await _bed.Make().OpenAsync(Cancellation)).Records);
    }

    [Fact]
    public async Task A_journal_without_versions_is_one_that_earlier_processes_read()
    {
        await _bed.CloseAsync(SqliteJournalBed.Dirty("a", 1));
        var journal = _bed.Make();
        await journal.OpenAsync(Cancellation);
        Assert.Equal(1L, journal.Ask("PRAGMA user_version"));

        await journal.CommitAsync([Version("k", 2)], Cancellation);

        Assert.Equal(2L, journal.Ask("PRAGMA user_version"));
    }

    [Fact]
    public async Task Of_a_damaged_journal_the_versions_that_can_be_read_are_recovered()
    {
        await _bed.CloseAsync([.. Enumerable.Range(1, 2000).Select(version => Version("k", version))]);
        SqliteJournalBed.Damage(_bed.File, new FileInfo(_bed.File).Length / 2, 200);

        var content = await _bed.Make().OpenAsync(Cancellation);

        Assert.Single(content.Damages);
        Assert.InRange(content.Records.Count, 1500, 2000);
        Assert.All(content.Records, static record => Assert.True(record.IsOneOfMany));
        Assert.Equal(content.Records.Count, content.Records.DistinctBy(static record => record.Version).Count());
        await _bed.DisposeJournalsAsync();
        Assert.Equal(content.Records.Count, (await _bed.Make().OpenAsync(Cancellation)).Records.Count);
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    private static JournalRecord Version(string key, long version, EntryState state = EntryState.Dirty) =>
        SqliteJournalBed.Dirty(key, version, state: state) with
        {
            IsOneOfMany = true,
        };

    private static JournalRecord Settled(string key, long version) => SqliteJournalBed.Settled(key, version) with { IsOneOfMany = true };
}

using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Remanso.Entries;
using Remanso.Sqlite;
using Remanso.Sqlite.Journal;
using Remanso.Tiers;
using SQLitePCL;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>The journal in a real file: what it keeps, and what it refuses.</summary>
public sealed class SqliteJournalTests : IAsyncDisposable
{
    private readonly SqliteJournalBed _bed = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task What_was_committed_is_there_after_a_kill_with_everything_that_belongs_to_it()
    {
        var full = new JournalRecord(
            "other",
            "schlüssel:ü/🔑",
            9_007_199_254_740_991,
            new CacheEntry
            {
                Version = 9_007_199_254_740_991,
                State = EntryState.Dirty | EntryState.DeadLetter,
                Value = new byte[] { 0, 1, 255 },
                ContentType = "text/plain",
                Tags = ["a", "ß"],
                ExpiresAt = 1_900_000_000_000_000,
                CachedAt = 1_800_000_000_000_000,
            },
            "too long: \n 'x\0y'",
            1_800_000_000_000_001
        );
        await _bed.LeaveAsync([
            full,
            SqliteJournalBed.Dirty("empty", 5, value: null),
            SqliteJournalBed.Dirty("deleted", 6, null, EntryState.Dirty | EntryState.Tombstone),
        ]);

        var (rows, content) = await _bed.OpenAsync();

        Assert.Empty(content.Damages);
        Assert.Equal(full.Version, content.HighestVersion);
        var row = rows[full.Key];
        Assert.Equal((full.Cache, full.Version, full.Error, full.FailedAt), (row.Cache, row.Version, row.Error, row.FailedAt));
        var (expected, entry) = (full.Entry!, row.Entry!);
        Assert.Equal(
            (expected.Version, expected.State, expected.ContentType, expected.ExpiresAt, expected.CachedAt),
            (entry.Version, entry.State, entry.ContentType, entry.ExpiresAt, entry.CachedAt)
        );
        Assert.Equal(expected.Value.ToArray(), entry.Value.ToArray());
        Assert.Equal(expected.Tags, entry.Tags);
        Assert.Equal(CacheEntry.Never, rows["empty"].Entry!.ExpiresAt);
        Assert.True(rows["deleted"].Entry!.IsTombstone);
    }

    [Fact]
    public async Task A_key_has_one_row_of_its_last_version_and_none_when_it_is_settled()
    {
        await _bed.LeaveAsync(
            [SqliteJournalBed.Dirty("a", 1), SqliteJournalBed.Dirty("b", 2)],
            [SqliteJournalBed.Dirty("a", 3, "new")],
            [SqliteJournalBed.Settled("b", 7), SqliteJournalBed.Settled("never", 1)]
        );

        var (rows, content) = await _bed.OpenAsync();

        Assert.Equal(["a"], rows.Keys);
        Assert.Equal((3, "new"), (rows["a"].Version, System.Text.Encoding.UTF8.GetString(rows["a"].Entry!.Value.Span)));
        Assert.Equal(7, content.HighestVersion);
    }

    [Fact]
    public async Task A_commit_waits_for_the_disk()
    {
        var journal = _bed.Make();
        await journal.OpenAsync(Cancellation);

        Assert.Equal(
            ("wal", 2L, 1L),
            (journal.Ask("PRAGMA journal_mode"), journal.Ask("PRAGMA synchronous"), journal.Ask("PRAGMA fullfsync"))
        );
    }

    [Fact]
    public async Task A_commit_that_finds_the_disk_full_fails_whole_and_the_next_one_succeeds()
    {
        var journal = _bed.Make();
        await journal.OpenAsync(Cancellation);
        journal.Ask($"PRAGMA max_page_count = {(long)journal.Ask("PRAGMA page_count")! + 3}");

        var exception = await Assert.ThrowsAsync<TierJournalException>(async () =>
            await journal.CommitAsync(
                [SqliteJournalBed.Dirty("small", 1), SqliteJournalBed.Dirty("big", 2, new string('v', 100_000))],
                Cancellation
            )
        );
        Assert.Contains("The disk of", exception.Message, StringComparison.Ordinal);
        Assert.Contains(_bed.File, exception.Message, StringComparison.Ordinal);

        journal.Ask("PRAGMA max_page_count = 1000000");
        await journal.CommitAsync([SqliteJournalBed.Dirty("after", 3)], Cancellation);
        await journal.DisposeAsync();
        Assert.Equal(["after"], (await _bed.OpenAsync()).Rows.Keys);
    }

    [Fact]
    public async Task A_file_that_cannot_be_made_smaller_fails_no_commit_and_is_tried_again()
    {
        var journal = _bed.Make();
        await journal.OpenAsync(Cancellation);
        var tries = 0;
        raw.sqlite3_set_authorizer(
            journal.Connection.Handle,
            (_, action, subject, _, _, _) =>
                action == raw.SQLITE_PRAGMA && subject == "incremental_vacuum" && ++tries < 2 ? raw.SQLITE_DENY : raw.SQLITE_OK,
            null
        );

        // Leaves most of a large file free.
        string[] keys = [.. Enumerable.Range(0, 24).Select(static i => $"k{i}")];
        var version = 0;
        await journal.CommitAsync([.. keys.Select(key => SqliteJournalBed.Dirty(key, ++version, new string('v', 1 << 20)))], Cancellation);
        await journal.CommitAsync([.. keys.Select(key => SqliteJournalBed.Settled(key, ++version))], Cancellation);
        var before = (long)journal.Ask("PRAGMA page_count")!;
        while (tries == 0)
        {
            Assert.True(version < 200, "it is tried within some commits");
            await journal.CommitAsync([SqliteJournalBed.Dirty("last", ++version)], Cancellation);
        }

        Assert.Equal((long)version - 46, JournalEnd.Read(_bed.File)!.Value.Commits);
        Assert.Equal(before, journal.Ask("PRAGMA page_count"));
        while (tries == 1)
        {
            Assert.True(version < 200, "it is tried again");
            await journal.CommitAsync([SqliteJournalBed.Dirty("last", ++version)], Cancellation);
        }

        Assert.True((long)journal.Ask("PRAGMA page_count")! < before);
        await journal.DisposeAsync();
        var (rows, content) = await _bed.OpenAsync();
        Assert.Empty(content.Damages);
        Assert.Equal(version, Assert.Single(rows).Value.Version);
    }

    [Fact]
    public async Task A_lock_that_cannot_be_opened_is_not_taken_for_another_process()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a socket's file can't be opened there");
        Directory.CreateDirectory(Path.GetDirectoryName(_bed.File)!);
        using var inTheWay = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        inTheWay.Bind(new UnixDomainSocketEndPoint(_bed.File + ".lock"));

        var exception = await Assert.ThrowsAsync<TierJournalException>(async () => await _bed.Make().OpenAsync(Cancellation));

        Assert.Contains($"{_bed.File} can't be written", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_process_is_refused_until_the_first_has_gone()
    {
        var first = _bed.Make();
        await first.OpenAsync(Cancellation);

        var exception = await Assert.ThrowsAsync<TierJournalException>(async () => await _bed.Make().OpenAsync(Cancellation));
        Assert.Contains(
            $"{_bed.File} is in use by another process, or by other caches of this one",
            exception.Message,
            StringComparison.Ordinal
        );

        await first.DisposeAsync();
        await _bed.Make().OpenAsync(Cancellation);
    }

    [Fact]
    public async Task A_second_process_is_refused_by_the_file_itself_where_the_lock_was_removed()
    {
        await _bed.LeaveAsync([SqliteJournalBed.Dirty("a", 1)]);
        await using var first = _bed.Make();
        await first.OpenAsync(Cancellation);

        // It would be made on a disk that is full, and let others in.
        Assert.False(File.Exists(_bed.File + "-shm"));
        File.Delete(_bed.File + ".lock");

        var exception = await Assert.ThrowsAsync<TierJournalException>(async () => await _bed.Make().OpenAsync(Cancellation));

        Assert.Contains("is locked by another process", exception.Message, StringComparison.Ordinal);
        await first.CommitAsync([SqliteJournalBed.Dirty("b", 2)], Cancellation);
    }

    [Fact]
    public async Task An_open_writes_nothing_for_which_a_full_disk_had_no_room()
    {
        await _bed.LeaveWithEndAsync([SqliteJournalBed.Dirty("a", 1)], [SqliteJournalBed.Dirty("b", 2)]);
        var before = Sizes();

        await using var journal = _bed.Make();
        Assert.Equal(2, (await journal.OpenAsync(Cancellation)).Records.Count);

        // The lock is empty.
        Assert.Equal([.. before, ("journal.db.lock", 0)], Sizes());

        (string, long)[] Sizes() =>
            [
                .. new DirectoryInfo(Path.GetDirectoryName(_bed.File)!)
                    .GetFiles()
                    .OrderBy(static file => file.Name.Length)
                    .ThenBy(static file => file.Name, StringComparer.Ordinal)
                    .Select(static file => (file.Name, file.Length)),
            ];
    }

    [Fact]
    public async Task A_journal_behind_a_link_is_the_one_that_the_link_leads_to()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs links");
        var link = Path.Combine(_bed.Folder, "link.db");
        await _bed.LeaveAsync([SqliteJournalBed.Dirty("a", 1)]);
        File.CreateSymbolicLink(link, _bed.File);
        var first = _bed.Make();
        await first.OpenAsync(Cancellation);

        var exception = await Assert.ThrowsAsync<TierJournalException>(async () => await _bed.Make(link).OpenAsync(Cancellation));
        Assert.Contains("is in use by another process", exception.Message, StringComparison.Ordinal);

        await first.DisposeAsync();
        var second = _bed.Make(link);
        Assert.Single((await second.OpenAsync(Cancellation)).Records);
        await second.CommitAsync([SqliteJournalBed.Dirty("b", 2)], Cancellation);
        await second.CommitAsync([SqliteJournalBed.Dirty("c", 3)], Cancellation);
        await second.DisposeAsync();
        Assert.Equal(3, JournalEnd.Read(_bed.File)!.Value.Commits);
        Assert.Equal(["a", "b", "c"], (await _bed.OpenAsync()).Rows.Keys);
    }

    [Fact]
    public async Task A_link_may_lead_to_a_journal_that_is_still_to_be_made()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs links");
        var link = Path.Combine(_bed.Folder, "link.db");
        Directory.CreateDirectory(Path.GetDirectoryName(_bed.File)!);
        File.CreateSymbolicLink(link, Path.Combine("data", "journal.db"));
        await using var journal = _bed.Make(link);
        await journal.OpenAsync(Cancellation);

        await journal.CommitAsync([SqliteJournalBed.Dirty("a", 1)], Cancellation);
        await journal.CommitAsync([SqliteJournalBed.Dirty("b", 2)], Cancellation);

        Assert.True(File.Exists(_bed.File + ".end"));
    }

    [Theory]
    [InlineData(raw.SQLITE_IOERR_SHMSIZE, 0, "The disk of")]
    [InlineData(raw.SQLITE_IOERR_WRITE, 122, "The disk of")]
    [InlineData(raw.SQLITE_IOERR_WRITE, 30, "is read-only")]
    [InlineData(raw.SQLITE_IOERR_WRITE, 5, "disk I/O error")]
    public void What_the_system_said_of_an_input_or_output_error_is_told(int code, int cause, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "numbers of Linux");
        var exception = new SqliteException("disk I/O error", raw.SQLITE_IOERR, code) { Data = { ["errno"] = cause } };

        Assert.Contains(expected, SqliteFailures.Explain(exception, SqliteAddress.Parse("j.db")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_a_folder_that_cannot_be_written_and_memory_are_refused()
    {
        var directory = await Assert.ThrowsAsync<TierJournalException>(async () => await _bed.Make(_bed.Folder).OpenAsync(Cancellation));
        Assert.Contains($"{_bed.Folder} is a directory", directory.Message, StringComparison.Ordinal);

        // The kernel's own file system refuses new files even to root.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs /proc.");
        var readOnly = await Assert.ThrowsAsync<TierJournalException>(async () =>
            await _bed.Make("/proc/remanso/journal.db").OpenAsync(Cancellation)
        );
        Assert.Contains("/proc/remanso/journal.db can't be written", readOnly.Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => _bed.Make("sqlite::memory:"));
    }

    [Fact]
    public async Task A_database_of_something_else_is_refused_and_stays_as_it_is()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_bed.File)!);
        await using (var provider = new SqliteStoreProvider(SqliteAddress.Parse(_bed.File)))
        {
            await provider.Create("default").InitializeAsync(Cancellation);
        }

        var exception = await Assert.ThrowsAsync<TierJournalException>(async () => await _bed.Make().OpenAsync(Cancellation));

        Assert.Contains("is a database of something else", exception.Message, StringComparison.Ordinal);
        await using var connection = new SqliteConnection($"Data Source={_bed.File};Pooling=False");
        await connection.OpenAsync(Cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM cache_data";
        Assert.Equal(0L, await command.ExecuteScalarAsync(Cancellation));
    }
}

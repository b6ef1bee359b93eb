using Remanso.Sqlite;
using Remanso.Sqlite.Journal;
using Remanso.Tiers;
using SQLitePCL;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>Journals that a disk, a person or a power cut has damaged: told, set aside, and recovered as far as they can be read.</summary>
public sealed class SqliteJournalDamageTests : IAsyncDisposable
{
    private const int PageSize = 4096;
    private const byte LeafOfTable = 13;
    private const int FrameSize = PageSize + 24;

    private readonly SqliteJournalBed _bed = new();

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task A_value_that_changed_on_disk_is_found_and_the_others_are_recovered()
    {
        await _bed.CloseAsync([.. Enumerable.Range(0, 100).Select(i => SqliteJournalBed.Dirty($"k{i}", i + 1, $"value-of-{i:D3}-end"))]);
        DamageEvery("value-of-042");

        var (rows, content) = await _bed.OpenAsync();

        Assert.Equal(99, rows.Count);
        Assert.DoesNotContain("k42", rows.Keys);
        Assert.Contains("the checksums of 1 entries are wrong", Assert.Single(content.Damages), StringComparison.Ordinal);
        AssertSetAside(content, 1);
    }

    [Fact]
    public async Task A_page_that_cannot_be_read_costs_what_lay_on_it()
    {
        const int Count = 2000;
        await _bed.CloseAsync([.. Enumerable.Range(0, Count).Select(i => SqliteJournalBed.Dirty($"k{i}", i + 1, new string('v', 200)))]);
        var bytes = await File.ReadAllBytesAsync(_bed.File, TestContext.Current.CancellationToken);
        for (var page = 0; page < bytes.Length; page += PageSize)
        {
            if (bytes[page] == LeafOfTable && bytes.AsSpan(page, PageSize).IndexOf("defaultk1000"u8) >= 0)
            {
                SqliteJournalBed.Damage(_bed.File, page, PageSize);
            }
        }

        var (rows, content) = await _bed.OpenAsync();

        Assert.InRange(rows.Count, Count - 100, Count - 1);
        Assert.Contains("k0", rows.Keys);
        Assert.Contains($"k{Count - 1}", rows.Keys);
        AssertSetAside(content, 1);
    }

    [Fact]
    public async Task A_log_that_is_broken_before_its_end_is_told_though_sqlite_would_pass_over_the_rest()
    {
        await _bed.LeaveAsync([.. Enumerable.Range(0, 20).Select(i => new[] { SqliteJournalBed.Dirty($"k{i}", i + 1) })]);
        var frames = (new FileInfo(_bed.Log).Length - 32) / FrameSize;
        SqliteJournalBed.Damage(_bed.Log, 32 + (FrameSize * (frames / 2)) + 100, 1);

        var (rows, content) = await _bed.OpenAsync();

        Assert.InRange(rows.Count, 1, 19);
        Assert.Equal(Enumerable.Range(0, rows.Count).Select(static i => $"k{i}").Order(StringComparer.Ordinal), rows.Keys);
        Assert.Contains("transactions there and behind it can't be read", Assert.Single(content.Damages), StringComparison.Ordinal);
        AssertSetAside(content, 1);
        Assert.True(File.Exists(_bed.File + ".damaged-1-wal"));
    }

    [Fact]
    public async Task A_log_that_ends_within_a_transaction_is_as_a_kill_leaves_it_and_no_damage()
    {
        await _bed.LeaveAsync([.. Enumerable.Range(0, 20).Select(i => new[] { SqliteJournalBed.Dirty($"k{i}", i + 1) })]);
        await using (var log = File.OpenWrite(_bed.Log))
        {
            log.SetLength(log.Length - 1);
        }

        var (rows, content) = await _bed.OpenAsync();

        Assert.Empty(content.Damages);
        Assert.Equal(19, rows.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_log_with_a_hole_in_its_last_transaction_is_as_a_power_cut_leaves_it_unless_that_was_committed(bool wasCommitted)
    {
        JournalRecord[] first = [.. Enumerable.Range(0, 59).Select(i => SqliteJournalBed.Dirty($"a{i}", i + 1, new string('v', 200)))];
        JournalRecord[] last = [.. Enumerable.Range(0, 61).Select(i => SqliteJournalBed.Dirty($"b{i}", i + 100, new string('v', 200)))];
        await _bed.LeaveWithEndAsync(first, last);
        var length = new FileInfo(_bed.Log).Length;
        if (!wasCommitted)
        {
            // As it was before the last one returned.
            var mark = JournalEnd.Read(_bed.File)!.Value;
            using var end = JournalEnd.Open(_bed.File);
            end.Write(mark with { Commits = mark.Commits - 1, Changes = mark.Changes - last.Length });
        }

        // Where the system has not yet written a frame there is what the log held before.
        SqliteJournalBed.Damage(_bed.Log, length - (2 * FrameSize), FrameSize);

        var (rows, content) = await _bed.OpenAsync();

        Assert.Equal(59, rows.Count);
        if (!wasCommitted)
        {
            Assert.Empty(content.Damages);
            return;
        }

        Assert.Contains("the last 1 transactions, with 61 changes of entries", Assert.Single(content.Damages), StringComparison.Ordinal);
        AssertSetAside(content, 1);
    }

    [Theory]
    [InlineData(1, 61)]
    [InlineData(FrameSize, 61)]
    public async Task A_log_that_lost_the_end_of_what_was_committed_is_told_with_what_is_missing(int cut, int missing)
    {
        await _bed.LeaveWithEndAsync(
            [.. Enumerable.Range(0, 59).Select(i => SqliteJournalBed.Dirty($"a{i}", i + 1, new string('v', 200)))],
            [.. Enumerable.Range(0, missing).Select(i => SqliteJournalBed.Dirty($"b{i}", i + 100, new string('v', 200)))]
        );
        await using (var log = File.OpenWrite(_bed.Log))
        {
            log.SetLength(log.Length - cut);
        }

        var (rows, content) = await _bed.OpenAsync();

        Assert.Equal(59, rows.Count);
        Assert.Contains(
            $"the last 1 transactions, with {missing} changes of entries",
            Assert.Single(content.Damages),
            StringComparison.Ordinal
        );
        AssertSetAside(content, 1);

        // It is told once.
        await _bed.DisposeJournalsAsync();
        var (again, later) = await _bed.OpenAsync();
        Assert.Equal(59, again.Count);
        Assert.Empty(later.Damages);
    }

    [Fact]
    public async Task A_log_that_is_gone_is_told_with_what_is_missing()
    {
        await _bed.LeaveWithEndAsync([.. Enumerable.Range(0, 20).Select(i => new[] { SqliteJournalBed.Dirty($"k{i}", i + 1) })]);
        File.Delete(_bed.Log);

        var (rows, content) = await _bed.OpenAsync();

        Assert.Empty(rows);
        Assert.Contains("of 20 transactions with 20 changes", Assert.Single(content.Damages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_copy_or_another_journal_in_its_place_is_told()
    {
        await _bed.CloseAsync(SqliteJournalBed.Dirty("old", 1));
        File.Copy(_bed.File, _bed.File + ".copy");
        await _bed.CloseAsync(SqliteJournalBed.Dirty("new", 2), SqliteJournalBed.Dirty("newer", 3));
        File.Move(_bed.File + ".copy", _bed.File, overwrite: true);

        var (rows, content) = await _bed.OpenAsync();

        Assert.Equal(["old"], rows.Keys);
        Assert.Contains("the last 1 transactions, with 2 changes of entries", Assert.Single(content.Damages), StringComparison.Ordinal);
        await _bed.DisposeJournalsAsync();

        File.Delete(_bed.File);
        var (none, later) = await _bed.OpenAsync();
        Assert.Empty(none);
        Assert.Contains("not the journal that was here", Assert.Single(later.Damages), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("-wal", false)]
    public async Task A_file_that_is_deleted_or_replaced_while_it_is_open_is_told_with_the_next_commit(string part, bool isReplaced)
    {
        var journal = _bed.Make();
        await journal.OpenAsync(TestContext.Current.CancellationToken);
        await journal.CommitAsync([SqliteJournalBed.Dirty("a", 1)], TestContext.Current.CancellationToken);
        var file = _bed.File + part;
        if (isReplaced)
        {
            File.Copy(file, file + ".copy");
            File.Move(file + ".copy", file, overwrite: true);
        }
        else
        {
            File.Delete(file);
        }

        var told = await Assert.ThrowsAsync<TierJournalException>(async () =>
            await journal.CommitAsync([SqliteJournalBed.Dirty("b", 2)], TestContext.Current.CancellationToken)
        );
        Assert.Contains("deleted, moved or replaced", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_at_all_is_set_aside()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_bed.File)!);
        await File.WriteAllBytesAsync(_bed.File, [.. Enumerable.Repeat((byte)7, 10_000)], TestContext.Current.CancellationToken);

        var (rows, content) = await _bed.OpenAsync();

        Assert.Empty(rows);
        AssertSetAside(content, 1);
        Assert.Equal(10_000, new FileInfo(_bed.File + ".damaged-1").Length);
    }

    [Fact]
    public async Task A_file_that_was_cut_is_set_aside_and_what_is_left_of_it_is_recovered()
    {
        await _bed.CloseAsync([.. Enumerable.Range(0, 2000).Select(i => SqliteJournalBed.Dirty($"k{i}", i + 1, new string('v', 200)))]);
        await using (var file = File.OpenWrite(_bed.File))
        {
            file.SetLength(file.Length * 2 / 3 / PageSize * PageSize);
        }

        var (rows, content) = await _bed.OpenAsync();

        Assert.InRange(rows.Count, 100, 1999);
        AssertSetAside(content, 1);
    }

    [Fact]
    public async Task A_log_without_its_database_is_set_aside_and_not_removed()
    {
        await _bed.LeaveAsync([SqliteJournalBed.Dirty("k", 1)]);
        File.Delete(_bed.File);

        var (_, content) = await _bed.OpenAsync();

        Assert.Contains("is there without its database", Assert.Single(content.Damages), StringComparison.Ordinal);
        Assert.True(File.Exists(_bed.File + ".damaged-1-wal"));
    }

    [Fact]
    public async Task What_was_recovered_is_in_the_new_journal_and_the_next_damage_gets_the_next_number()
    {
        for (var number = 1; number <= 2; number++)
        {
            await _bed.CloseAsync([SqliteJournalBed.Dirty("good", 1, "value-good"), SqliteJournalBed.Dirty("bad", 5, "value-bad")]);
            DamageEvery("value-bad");

            var journal = _bed.Make();
            AssertSetAside(await journal.OpenAsync(TestContext.Current.CancellationToken), number);
            await journal.DisposeAsync();
        }

        var (rows, content) = await _bed.OpenAsync();
        Assert.Equal(["good"], rows.Keys);
        Assert.Empty(content.Damages);
        Assert.Equal(5, content.HighestVersion);
    }

    [Fact]
    public async Task A_process_that_died_while_it_replaced_a_damaged_journal_loses_nothing_that_was_recovered()
    {
        await _bed.CloseAsync(SqliteJournalBed.Dirty("k", 1));
        File.Move(_bed.File, _bed.File + ".new");
        await File.WriteAllBytesAsync(_bed.Log, new byte[5000], TestContext.Current.CancellationToken);

        var (rows, _) = await _bed.OpenAsync();

        Assert.Equal(["k"], rows.Keys);
    }

    [Fact]
    public async Task A_replacement_that_does_not_fit_on_the_disk_leaves_the_damaged_journal_where_it_is()
    {
        await _bed.CloseAsync([.. Enumerable.Range(0, 100).Select(i => SqliteJournalBed.Dirty($"k{i}", i + 1, $"value-of-{i:D3}-end"))]);
        DamageEvery("value-of-042");
        var found = await File.ReadAllBytesAsync(_bed.File, TestContext.Current.CancellationToken);
        // In a transaction SQLite refuses what a full disk refuses, and a close says nothing then.
        var journal = new SqliteJournal(SqliteAddress.Parse(_bed.File))
        {
            Replacing = static connection =>
            {
                _ = raw.sqlite3_db_config(connection.Handle!, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
                _ = raw.sqlite3_exec(connection.Handle!, "BEGIN; SELECT count(*) FROM dirty");
            },
        };
        await using (journal)
        {
            var refused = await Assert.ThrowsAsync<TierJournalException>(async () =>
                await journal.OpenAsync(TestContext.Current.CancellationToken)
            );
            Assert.Contains("stays as it was found", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(found, await File.ReadAllBytesAsync(_bed.File, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(_bed.File + ".damaged-1"));

        var (rows, content) = await _bed.OpenAsync();
        Assert.Equal(99, rows.Count);
        AssertSetAside(content, 1);
    }

    [Fact]
    public async Task A_replacement_that_was_left_with_its_log_is_finished_and_not_torn_from_it()
    {
        await _bed.LeaveAsync([.. Enumerable.Range(0, 20).Select(i => new[] { SqliteJournalBed.Dirty($"k{i}", i + 1) })]);
        File.Move(_bed.File, _bed.File + ".new");
        File.Move(_bed.Log, _bed.File + ".new-wal");

        var (rows, content) = await _bed.OpenAsync();

        Assert.Equal(20, rows.Count);
        Assert.Empty(content.Damages);
        Assert.False(File.Exists(_bed.File + ".new-wal"));
    }

    [Fact]
    public async Task A_replacement_is_not_put_into_place_without_its_log()
    {
        await _bed.LeaveAsync([SqliteJournalBed.Dirty("k", 1)]);
        File.Move(_bed.File, _bed.File + ".new");
        File.Move(_bed.Log, _bed.File + ".new-wal");

        Assert.Throws<TierJournalException>(() => DamagedFiles.FinishReplacement(_bed.File));

        Assert.True(File.Exists(_bed.File + ".new") && File.Exists(_bed.File + ".new-wal") && !File.Exists(_bed.File));
    }

    // A page that was split may keep a copy that nobody reads.
    private void DamageEvery(string text)
    {
        var bytes = File.ReadAllBytes(_bed.File);
        for (var at = 0; bytes.AsSpan(at).IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) is >= 0 and var next; at += next + 1)
        {
            SqliteJournalBed.Damage(_bed.File, at + next, 1);
        }
    }

    private void AssertSetAside(JournalContent content, int number)
    {
        var damage = Assert.Single(content.Damages);
        Assert.Contains($"{_bed.File}.damaged-{number}", damage, StringComparison.Ordinal);
        Assert.Contains($"{content.Records.Count} entries could be read", damage, StringComparison.Ordinal);
        Assert.True(File.Exists($"{_bed.File}.damaged-{number}"));
    }

    [Fact]
    public async Task A_note_of_the_end_that_is_none_is_told_and_one_that_a_power_cut_left_empty_is_not()
    {
        await _bed.LeaveWithEndAsync([SqliteJournalBed.Dirty("a", 1)]);
        SqliteJournalBed.Damage(_bed.File + ".end", at: 0, length: 32);

        var (rows, content) = await _bed.OpenAsync();

        Assert.Equal(["a"], rows.Keys);
        Assert.Contains($"{_bed.File}.end can't be read", Assert.Single(content.Damages), StringComparison.Ordinal);
        Assert.False(File.Exists(_bed.File + ".damaged-1"));

        foreach (var length in (int[])[0, 32])
        {
            await _bed.DisposeJournalsAsync();
            await File.WriteAllBytesAsync(_bed.File + ".end", new byte[length], TestContext.Current.CancellationToken);
            Assert.Empty((await _bed.OpenAsync()).Content.Damages);
        }
    }
}

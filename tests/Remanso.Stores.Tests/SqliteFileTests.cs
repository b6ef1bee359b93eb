using System.Runtime.Versioning;
using Microsoft.Data.Sqlite;
using Remanso.Entries;
using Remanso.Sqlite;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>The file that is open is the one at its path, or nothing is confirmed; and a journal gives back what a backlog took.</summary>
public sealed class SqliteFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remanso-file-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Database => Path.Combine(_folder.FullName, "store.db");

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Other_users_read_no_file_that_is_made_and_one_that_was_there_keeps_its_mode()
    {
        var journal = Path.Combine(_folder.FullName, "journal.db");
        var shared = Path.Combine(_folder.FullName, "shared.db");
        const UnixFileMode All = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead;
        await File.WriteAllBytesAsync(shared, [], Cancellation);
        File.SetUnixFileMode(shared, All);
        foreach (var path in new[] { Database, shared })
        {
            await using var provider = new SqliteStoreProvider(SqliteAddress.Parse(path));
            var store = provider.Create("default");
            await store.InitializeAsync(Cancellation);
            await store.SaveAsync([Write("k", 1)], Cancellation);
            Check();
        }

        await using (var opened = new SqliteJournal(SqliteAddress.Parse(journal)))
        {
            await opened.OpenAsync(Cancellation);
            await opened.CommitAsync([new JournalRecord("default", "k", 1, null)], Cancellation);
            Check();
        }

        Assert.Equal(All, File.GetUnixFileMode(shared));

        // Beside a journal there is a lock, which is empty, and where its end is, a number.
        static bool HasValues(FileInfo file) => !file.Name.EndsWith(".end", StringComparison.Ordinal);

        void Check()
        {
            var open = _folder.GetFiles().Where(static file => file.UnixFileMode.HasFlag(UnixFileMode.OtherRead) && file.Length > 0);
            Assert.DoesNotContain(open, file => !file.FullName.StartsWith(shared, StringComparison.Ordinal) && HasValues(file));
            Assert.Contains(_folder.GetFiles(), static file => file.Name.EndsWith("-wal", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_save_into_a_file_that_was_deleted_or_replaced_is_not_confirmed(bool isReplaced)
    {
        await using var provider = new SqliteStoreProvider(SqliteAddress.Parse(Database));
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Write("k", 1)], Cancellation);
        foreach (var file in _folder.GetFiles())
        {
            file.Delete();
        }

        if (isReplaced)
        {
            await File.WriteAllBytesAsync(Database, [], Cancellation);
        }

        for (var i = 2; i < 5; i++)
        {
            var exception = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write("k", i)], Cancellation));
            Assert.True(exception.IsTransient, exception.Message);
        }

        Assert.Equal(isReplaced, File.Exists(Database));
    }

    [Fact]
    public async Task A_save_goes_on_in_a_database_that_was_put_in_the_place_of_the_other()
    {
        var other = Path.Combine(_folder.FullName, "other.db");
        await using (var backup = new SqliteStoreProvider(SqliteAddress.Parse(other)))
        {
            await backup.Create("default").InitializeAsync(Cancellation);
        }

        await using var provider = new SqliteStoreProvider(SqliteAddress.Parse(Database));
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Write("k", 1)], Cancellation);
        foreach (var file in _folder.GetFiles("store.db*"))
        {
            file.Delete();
        }

        File.Move(other, Database);
        await store.SaveAsync([Write("k", 2)], Cancellation);

        await using var later = new SqliteStoreProvider(SqliteAddress.Parse(Database));
        Assert.Equal(2, Assert.Single(await later.Create("default").LoadAsync(["k"], Cancellation)).Version);
    }

    [Fact]
    public async Task A_read_makes_no_database_where_one_was_taken_away_and_all_goes_on_once_it_is_back()
    {
        var folder = Path.Combine(_folder.FullName, "mount");
        var aside = Path.Combine(_folder.FullName, "aside");
        await using var provider = new SqliteStoreProvider(SqliteAddress.Parse(Path.Combine(folder, "store.db")));
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Write("k", 1)], Cancellation);
        Directory.Move(folder, aside);

        var read = await Assert.ThrowsAsync<StoreException>(async () => await store.LoadAsync(["k"], Cancellation));
        var write = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write("k", 2)], Cancellation));
        Assert.Contains("can't be opened: check that the folder exists", read.Message, StringComparison.Ordinal);
        Assert.Contains("can't be opened: check that the folder exists", write.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));

        Directory.Move(aside, folder);
        Assert.Equal(1, Assert.Single(await store.LoadAsync(["k"], Cancellation)).Version);
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("k", 2)], Cancellation));
    }

    [Fact]
    public async Task A_database_that_can_only_be_read_stops_the_start()
    {
        await using (var before = new SqliteStoreProvider(SqliteAddress.Parse(Database)))
        {
            await before.Create("default").InitializeAsync(Cancellation);
        }

        // As what the system lets this process read alone; root may write all files.
        await using var provider = new SqliteStoreProvider(SqliteAddress.Parse($"Data Source={Database};Mode=ReadOnly"));
        var exception = await Assert.ThrowsAsync<StoreException>(async () =>
            await provider.Create("default").InitializeAsync(Cancellation)
        );

        Assert.False(exception.IsTransient);
        Assert.Contains("is read-only: this process must be able to write", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_that_can_only_be_read_stops_the_start()
    {
        var path = Path.Combine(_folder.FullName, "journal.db");
        await using (var before = new SqliteJournal(SqliteAddress.Parse(path)))
        {
            await before.OpenAsync(Cancellation);
        }

        await using var journal = new SqliteJournal(SqliteAddress.Parse($"Data Source={path};Mode=ReadOnly"));
        var exception = await Assert.ThrowsAsync<TierJournalException>(async () => await journal.OpenAsync(Cancellation));

        Assert.Contains("is read-only: this process must be able to write", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_deleted_during_a_commit_is_noticed_after_it()
    {
        await using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        await connection.OpenAsync(Cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE t (k)";
        await command.ExecuteNonQueryAsync(Cancellation);
        SqliteFile.ThrowIfMoved(connection);
        File.Delete(Database);
        Assert.Throws<SqliteFileMovedException>(() => SqliteFile.ThrowIfMoved(connection));
    }

    [Fact]
    public async Task A_journal_that_was_deleted_confirms_nothing()
    {
        await using var journal = new SqliteJournal(SqliteAddress.Parse(Path.Combine(_folder.FullName, "journal.db")));
        await journal.OpenAsync(Cancellation);
        await journal.CommitAsync([Record("k", 1, size: 10)], Cancellation);
        foreach (var file in _folder.GetFiles("journal.db*"))
        {
            file.Delete();
        }

        await Assert.ThrowsAsync<TierJournalException>(async () => await journal.CommitAsync([Record("k", 2, size: 10)], Cancellation));
    }

    [Fact]
    public async Task A_journal_shrinks_after_a_backlog()
    {
        var path = Path.Combine(_folder.FullName, "journal.db");
        await using var journal = new SqliteJournal(SqliteAddress.Parse(path));
        await journal.OpenAsync(Cancellation);
        for (var i = 0; i < 64; i++)
        {
            await journal.CommitAsync([Record($"k{i}", 1, size: 1 << 20)], Cancellation);
        }

        for (var i = 0; i < 64; i++)
        {
            await journal.CommitAsync([new JournalRecord("default", $"k{i}", 1, null)], Cancellation);
        }

        // One key that is written and stored again and again, as after any backlog.
        for (var version = 2; version < 2000; version++)
        {
            await journal.CommitAsync([Record("k", version, size: 4096)], Cancellation);
        }

        Assert.InRange(new FileInfo(path).Length, 0, 24 << 20);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static JournalRecord Record(string key, long version, int size) =>
        new(
            "default",
            key,
            version,
            new CacheEntry
            {
                Value = new byte[size],
                Version = version,
                State = EntryState.Dirty,
                ExpiresAt = CacheEntry.Never,
            }
        );

    private static StoreWrite<string, ReadOnlyMemory<byte>> Write(string key, long version) =>
        new()
        {
            Key = key,
            Version = version,
            Value = "v"u8.ToArray(),
            ExpiresAt = CacheEntry.Never,
        };
}

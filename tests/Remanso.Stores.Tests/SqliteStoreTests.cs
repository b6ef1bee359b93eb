using Microsoft.Data.Sqlite;
using Remanso.Entries;
using Remanso.Sql;
using Remanso.Sqlite;
using Xunit;

namespace Remanso.Stores.Tests;

public sealed class SqliteStoreTests : IAsyncDisposable
{
    private readonly SqliteTestBed _bed = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task The_file_is_in_write_ahead_mode_and_its_folder_is_made()
    {
        await _bed.Provider.Create("default").InitializeAsync(Cancellation);

        await using var foreign = _bed.OpenForeign();
        await using var command = foreign.CreateCommand();
        command.CommandText = "PRAGMA journal_mode";
        Assert.Equal("wal", command.ExecuteScalar());
    }

    [Fact]
    public async Task The_writer_waits_for_the_disk_at_each_commit()
    {
        const long Full = 2;
        await using var source = new SqliteDataSource(
            SqliteAddress.Parse(_bed.File),
            new SqliteStatements(SqlTableName.Default),
            size: 1,
            isWriter: true,
            SqliteStoreProvider.WriterSettings(TimeSpan.Zero)
        );
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA synchronous";
        Assert.Equal(Full, await command.ExecuteScalarAsync(Cancellation));

        command.CommandText = "PRAGMA fullfsync";
        Assert.Equal(1L, await command.ExecuteScalarAsync(Cancellation));
    }

    [Fact]
    public async Task A_database_locked_by_another_program_is_a_transient_error()
    {
        var store = _bed.Open(new SqliteStoreOptions { BusyTimeout = TimeSpan.Zero }).Create("default");
        await store.InitializeAsync(Cancellation);
        await using var foreign = _bed.OpenForeign();
        var theirs = foreign.BeginTransaction(deferred: false);

        var exception = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write("k")], Cancellation));
        Assert.True(exception.IsTransient);
        Assert.Contains("locked", exception.Message, StringComparison.Ordinal);
        Assert.Empty(await store.LoadAsync(["k"], Cancellation));

        await theirs.RollbackAsync(Cancellation);
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("k")], Cancellation));
    }

    [Fact]
    public async Task A_folder_that_may_not_be_written_stops_the_start_with_its_path()
    {
        // The kernel's own file system: it refuses new files even to root, for whom permission bits don't count.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs /proc.");
        await using var provider = new SqliteStoreProvider(SqliteAddress.Parse("sqlite:/proc/remanso/store.db"));

        await AssertStartFailsAsync(provider, "/proc/remanso/store.db");
    }

    [Fact]
    public async Task A_file_in_a_folder_without_room_for_new_files_stops_the_start_with_its_path()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs /proc.");
        await using var provider = new SqliteStoreProvider(SqliteAddress.Parse("sqlite:/proc/store.db"));

        await AssertStartFailsAsync(provider, "/proc/store.db");
    }

    [Fact]
    public async Task A_directory_as_path_stops_the_start_and_says_so()
    {
        Directory.CreateDirectory(_bed.File);

        Assert.Contains("is a directory", await AssertStartFailsAsync(_bed.Provider, _bed.File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_stops_the_start_and_says_so()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_bed.File)!);
        await File.WriteAllTextAsync(_bed.File, new string('x', 8192), Cancellation);

        Assert.Contains("not a SQLite database", await AssertStartFailsAsync(_bed.Provider, _bed.File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_of_another_shape_stops_the_start()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_bed.File)!);
        _bed.Execute("CREATE TABLE cache_data (cache TEXT, key TEXT, value BLOB)");

        Assert.Contains("content_type", await AssertStartFailsAsync(_bed.Provider, _bed.File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_dropped_while_running_is_transient_because_the_entries_are_not_at_fault()
    {
        var store = _bed.Provider.Create("default");
        await store.InitializeAsync(Cancellation);
        _bed.Execute("DROP TABLE cache_data");

        var exception = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write("k")], Cancellation));
        Assert.True(exception.IsTransient);

        await store.InitializeAsync(Cancellation);
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("k")], Cancellation));
    }

    [Fact]
    public async Task Another_table_may_be_chosen()
    {
        var store = _bed.Open(new SqliteStoreOptions { Table = SqlTableName.Parse("main.My_Table2") }).Create("default");
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Write("k")], Cancellation);

        await using var foreign = _bed.OpenForeign();
        await using var command = foreign.CreateCommand();
        command.CommandText = "SELECT count(*) FROM \"My_Table2\" WHERE cache = 'default' AND updated_at > 0";
        Assert.Equal(1L, command.ExecuteScalar());
    }

    [Fact]
    public async Task A_database_in_memory_serves_all_caches_of_its_provider()
    {
        await using var provider = new SqliteStoreProvider(SqliteAddress.Parse("sqlite::memory:"));
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await provider.Create("other").InitializeAsync(Cancellation);

        await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async i =>
                {
                    await store.SaveAsync([Write($"key:{i}")], Cancellation);
                    Assert.Single(await store.LoadAsync([$"key:{i}"], Cancellation));
                })
        );

        Assert.Equal("sqlite::memory:", provider.Description);
    }

    [Fact]
    public async Task Loads_go_on_while_a_batch_is_being_saved()
    {
        var store = _bed.Provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Write("k")], Cancellation);
        await using var foreign = _bed.OpenForeign();
        await using var theirs = foreign.BeginTransaction(deferred: false);

        Assert.Single(await store.LoadAsync(["k"], Cancellation));
    }

    [Theory]
    [InlineData("sqlite:data/x.db", "data/x.db")]
    [InlineData("sqlite:/data/x.db", "/data/x.db")]
    [InlineData("sqlite:///data/x.db", "/data/x.db")]
    [InlineData("/data/odd=name;.db", "/data/odd=name;.db")]
    [InlineData("Data Source=/data/x.db;Foreign Keys=true", "/data/x.db")]
    public void An_address_is_a_path_a_url_or_a_connection_string(string text, string path) =>
        Assert.Equal(Path.GetFullPath(path), SqliteAddress.Parse(text).Path);

    [Theory]
    [InlineData("")]
    [InlineData("sqlite:")]
    [InlineData("Data Source=x.db;Nonsense=1")]
    public void An_address_that_cannot_be_read_is_refused(string text) =>
        Assert.DoesNotContain('\n', Assert.Throws<FormatException>(() => SqliteAddress.Parse(text)).Message);

    [Theory]
    [InlineData(SQLitePCL.raw.SQLITE_BUSY, SqlFailureKind.Passing)]
    [InlineData(SQLitePCL.raw.SQLITE_LOCKED, SqlFailureKind.Passing)]
    [InlineData(SQLitePCL.raw.SQLITE_IOERR, SqlFailureKind.Passing)]
    [InlineData(SQLitePCL.raw.SQLITE_FULL, SqlFailureKind.Passing)]
    [InlineData(SQLitePCL.raw.SQLITE_READONLY, SqlFailureKind.Operator)]
    [InlineData(SQLitePCL.raw.SQLITE_CORRUPT, SqlFailureKind.Operator)]
    [InlineData(SQLitePCL.raw.SQLITE_CONSTRAINT, SqlFailureKind.Refused)]
    [InlineData(SQLitePCL.raw.SQLITE_TOOBIG, SqlFailureKind.Refused)]
    [InlineData(SQLitePCL.raw.SQLITE_MISMATCH, SqlFailureKind.Refused)]
    public void Each_result_code_has_its_class(int code, object kind) => Assert.Equal((SqlFailureKind)kind, SqliteFailures.KindOf(code));

    private static StoreWrite<string, ReadOnlyMemory<byte>> Write(string key) =>
        new()
        {
            Key = key,
            Version = 1,
            Value = "v"u8.ToArray(),
            ExpiresAt = CacheEntry.Never,
        };

    private static async Task<string> AssertStartFailsAsync(IStoreProvider provider, string path)
    {
        var exception = await Assert.ThrowsAsync<StoreException>(async () =>
            await provider.Create("default").InitializeAsync(Cancellation)
        );
        Assert.False(exception.IsTransient);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        return exception.Message;
    }
}

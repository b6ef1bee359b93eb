using System.Data.Common;
using System.Globalization;
using MySql.Data.MySqlClient;
using Remanso.Conformance.Servers;
using Remanso.Entries;
using Remanso.MySql;
using Remanso.MySql.Tables;
using Remanso.Sql;
using Remanso.Sql.Tables;
using Remanso.Stores.Tests.Tables;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>What sessions are told before a save, on a server whose settings change under the process.</summary>
public sealed class MySqlSaveSessionTests : IAsyncLifetime
{
    private readonly MariaDbServer _server = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        await ExecuteAsync(
            """
            CREATE TABLE test.people (id int unsigned PRIMARY KEY, name varchar(10) CHARACTER SET utf8mb4, v bigint);
            CREATE TABLE test.codes (code varchar(20) COLLATE utf8mb4_nopad_bin PRIMARY KEY, n tinyint unsigned, v bigint);
            SELECT 1
            """
        );
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(false, "pooling=false")]
    [InlineData(false, "pooling=false&allowbatch=false")]
    [InlineData(false, "connectionreset=true")]
    [InlineData(true, "")]
    [InlineData(true, "pooling=false")]
    public async Task What_does_not_fit_is_refused_though_the_server_became_lenient_after_the_start(bool isConnector, string parameters)
    {
        await using var provider = Open(isConnector, parameters);
        var store = provider.Create("default");
        var people = MySqlTables.People(provider, "people", softly: false);
        var codes = provider.Create("codes", MySqlTables.CodesMapping());
        await store.InitializeAsync(Cancellation);
        await people.InitializeAsync(Cancellation);
        await codes.InitializeAsync(Cancellation);
        await ExecuteAsync("ALTER TABLE test.cache_data MODIFY value tinyblob; SET GLOBAL sql_mode = ''; SELECT 1");

        await AssertRefusedAsync(store.SaveAsync([Of("k", new byte[300])], Cancellation));
        await AssertRefusedAsync(people.SaveAsync([MySqlTables.Person(1, "0123456789ABC")], Cancellation));
        await AssertRefusedAsync(people.SaveAsync([MySqlTables.Person(-4, "x")], Cancellation));
        await AssertRefusedAsync(codes.SaveAsync([MySqlTables.Code("a", 1, n: 256)], Cancellation));

        Assert.Empty(await store.LoadAsync(["k"], Cancellation));
        Assert.Empty(await people.LoadAsync([0, 1], Cancellation));
        Assert.Empty(await codes.LoadAsync(["a"], Cancellation));
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Of("k", new byte[200])], Cancellation));
        Assert.Equal([SaveOutcome.Applied], await people.SaveAsync([MySqlTables.Person(1, "0123456789")], Cancellation));
        Assert.Equal([SaveOutcome.Applied], await codes.SaveAsync([MySqlTables.Code("a", 1, n: 255)], Cancellation));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false, "")]
    [InlineData(true, "")]
    public async Task A_row_that_somebody_keeps_locked_is_waited_for_a_short_while(bool isConnector, string parameters)
    {
        await using var provider = Open(isConnector, parameters);
        var store = provider.Create("default");
        var codes = provider.Create("codes", MySqlTables.CodesMapping());
        await store.InitializeAsync(Cancellation);
        await codes.InitializeAsync(Cancellation);
        await store.SaveAsync([Of("k", [1])], Cancellation);
        await codes.SaveAsync([MySqlTables.Code("a", 1)], Cancellation);
        await using var foreign = await OpenAsync("pooling=false");
        await ExecuteAsync(foreign, "BEGIN; UPDATE cache_data SET version = 0; UPDATE codes SET v = 0; SELECT 1");

        var saves = new Task[]
        {
            store.SaveAsync([Of("k", [2]) with { Version = 2 }], Cancellation).AsTask(),
            codes.SaveAsync([MySqlTables.Code("a", 2)], Cancellation).AsTask(),
        };

        foreach (var save in saves)
        {
            var refused = await Assert.ThrowsAsync<StoreException>(() => save);
            Assert.True(refused.IsTransient);
            Assert.Contains("(error 1205)", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true, "pooling=true", "50", "2")]
    [InlineData(true, "pooling=true", "1", "1")]
    [InlineData(true, "pooling=true", "7", "7", true)]
    [InlineData(false, "pooling=true", "50", "50")]
    [InlineData(false, "pooling=true&connectionreset=true", "50", "2")]
    [InlineData(false, "pooling=false", "50", "2")]
    public async Task The_wait_for_rows_is_bounded_unless_the_session_has_one_of_its_own_or_others_get_it_so(
        bool isOurs,
        string parameters,
        string before,
        string after,
        bool isSessions = false
    )
    {
        await ExecuteAsync($"SET GLOBAL innodb_lock_wait_timeout = {(isSessions ? "50" : before)}; SELECT 1");
        await using var session = await OpenAsync(parameters);
        await ExecuteAsync(session, $"SET SESSION innodb_lock_wait_timeout = {before}; SET SESSION sql_mode = ''; SELECT 1");
        var store = new TableStore<string, int>(
            new MySqlTableDialect("it", blocksThread: true, TimeProvider.System, new PoolReset(isOurs, TimeProvider.System)),
            new OneConnection(session),
            "codes",
            MySqlTables.CodesMapping(),
            TimeProvider.System
        );

        await store.SaveAsync([MySqlTables.Code("a", 1)], Cancellation);

        Assert.Equal(after, await ExecuteAsync(session, "SELECT CAST(@@SESSION.innodb_lock_wait_timeout AS CHAR)"));
        Assert.Equal("STRICT_ALL_TABLES", await ExecuteAsync(session, "SELECT @@SESSION.sql_mode"));
    }

    [Fact]
    public async Task Other_modes_of_a_session_stay_as_they_are()
    {
        await using var session = await OpenAsync("pooling=false");
        foreach (var mode in new[] { "ANSI_QUOTES,STRICT_TRANS_TABLES", "NO_BACKSLASH_ESCAPES", "ANSI" })
        {
            await ExecuteAsync(session, $"SET SESSION sql_mode = '{mode}'; SELECT 1");
            var before = Assert.IsType<string>(await ExecuteAsync(session, "SELECT @@SESSION.sql_mode"));

            await ExecuteAsync(session, await new SaveSession(isOurs: true).PrepareAsync(session, Cancellation) + "SELECT 1");

            var after = Assert.IsType<string>(await ExecuteAsync(session, "SELECT @@SESSION.sql_mode"));
            string[] added = before.Contains("STRICT_", StringComparison.Ordinal) ? [] : ["STRICT_ALL_TABLES"];
            Assert.Equal([.. before.Split(',').Concat(added).Order()], after.Split(',').Order());
        }
    }

    private static async Task AssertRefusedAsync(ValueTask<IReadOnlyList<SaveOutcome>> save)
    {
        var refused = await Assert.ThrowsAsync<StoreException>(async () => await save);
        Assert.False(refused.IsTransient);
        Assert.True(refused.BlamesRow);
    }

    private static StoreWrite<string, ReadOnlyMemory<byte>> Of(string key, byte[] value) =>
        new()
        {
            Key = key,
            Value = value,
            Version = 1,
            ExpiresAt = CacheEntry.Never,
        };

    private MySqlStoreProvider Open(bool isConnector, string parameters) =>
        new(MySqlAddress.Parse($"{_server.Url}?{parameters}"), isConnector ? MySqlConnectorTests.Driver : MySqlClientFactory.Instance);

    private async Task<DbConnection> OpenAsync(string parameters) =>
        await MySqlTestBed.Connect(_server, parameters).OpenConnectionAsync(Cancellation);

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync("pooling=false");
        await ExecuteAsync(connection, sql);
    }

    private static async Task<string?> ExecuteAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(await command.ExecuteScalarAsync(Cancellation), CultureInfo.InvariantCulture);
    }

    private sealed class OneConnection(DbConnection connection) : ITableConnections, IAsyncDisposable
    {
        public ValueTask<TableConnection> OpenAsync(bool forWrites, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new TableConnection(connection, this));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

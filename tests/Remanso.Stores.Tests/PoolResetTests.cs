using System.Data.Common;
using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.Entries;
using Remanso.MySql;
using Remanso.Postgres;
using Remanso.Sql;
using Remanso.Sql.Tables;
using Remanso.Testing;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>A server that takes no writes, and the pool of the application that Remanso was lent.</summary>
public sealed class PoolResetTests(PostgresServer postgres, MariaDbServer mariaDb)
{
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PostgreSQL_keeps_its_connections_for_some_time(bool isOwnTable)
    {
        await using var bed = new PostgresTestBed(postgres);
        await bed.Provider.Create("default").InitializeAsync(Cancellation);
        var role = await bed.CreateAccountAsync("default_transaction_read_only = 'on'");
        await bed.ExecuteAsync(
            $"CREATE TABLE {bed.Table}_own (id int PRIMARY KEY, n int, v bigint); GRANT ALL ON {bed.Table}_own TO {role}"
        );
        await using var connections = NpgsqlDataSource.Create($"{postgres.RoleConnectionString};Username={role};Maximum Pool Size=1");
        await using var provider = new PostgresStoreProvider(
            connections,
            new PostgresStoreOptions { Table = SqlTableName.Parse(bed.Table) },
            _time
        );
        var own = provider.Create("own", Own(bed.Table + "_own"));
        var store = provider.Create("default");

        await AssertKeptAsync(
            connections,
            "SELECT pg_backend_pid()",
            isOwnTable
                ? async () => await own.SaveAsync([Write(1, 1)], Cancellation)
                : async () => await store.SaveAsync([Write<string, ReadOnlyMemory<byte>>("k", "v"u8.ToArray())], Cancellation)
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MariaDB_keeps_its_connections_for_some_time(bool isOwnTable)
    {
        var table = $"cache_data_{Guid.NewGuid():N}";
        await using var connections = MySqlTestBed.Connect(mariaDb, "maximumpoolsize=1&connectiontimeout=9");
        await using var provider = new MySqlStoreProvider(connections, new MySqlStoreOptions { Table = SqlTableName.Parse(table) }, _time);
        var own = provider.Create("own", Own(table + "_own"));
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await using (var foreign = MySqlTestBed.Connect(mariaDb, "pooling=false"))
        {
            // The server is everybody's here, so the tables alone are read-only.
            await ExecuteAsync(foreign, $"CREATE TABLE {table}_own (id int PRIMARY KEY, n int, v bigint)");
            await ExecuteAsync(foreign, ReadOnly(table));
            await ExecuteAsync(foreign, ReadOnly(table + "_own"));
        }

        await AssertKeptAsync(
            connections,
            "SELECT CONNECTION_ID()",
            isOwnTable
                ? async () => await own.SaveAsync([Write(1, 1)], Cancellation)
                : async () => await store.SaveAsync([Write<string, ReadOnlyMemory<byte>>("k", "v"u8.ToArray())], Cancellation)
        );

        static string ReadOnly(string table) =>
            $"CREATE TRIGGER {table}_off BEFORE INSERT ON {table} FOR EACH ROW SIGNAL SQLSTATE '25006' SET MYSQL_ERRNO = 1792";
    }

    [Fact]
    public void A_pool_of_our_own_is_emptied_each_time()
    {
        var reset = new PoolReset(isOurs: true, _time);
        using var connection = new NpgsqlConnection("Host=a");

        Assert.Equal([true, true], [reset.TryBegin(connection), reset.TryBegin(connection)]);
    }

    // After a fail-over the address leads to the old server for a while, and what is emptied then fills from there.
    [Fact]
    public void A_pool_of_the_application_is_emptied_soon_at_first_and_once_a_minute_in_the_end()
    {
        var reset = new PoolReset(isOurs: false, _time);
        using var connection = new NpgsqlConnection("Host=a");
        List<double> emptied = [];
        for (var seconds = 0.0; seconds < 200; seconds += 0.5)
        {
            if (reset.TryBegin(connection))
            {
                emptied.Add(seconds);
            }

            _time.Advance(TimeSpan.FromSeconds(0.5));
        }

        Assert.Equal([0, 1, 3, 7, 15, 31, 63, 123, 183], emptied);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal([true, false], [reset.TryBegin(connection), reset.TryBegin(connection)]);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(reset.TryBegin(connection));
    }

    [Fact]
    public void Each_pool_of_the_application_has_its_turn()
    {
        var reset = new PoolReset(isOurs: false, _time);
        using NpgsqlConnection first = new("Host=a"),
            second = new("Host=b"),
            sibling = new("Host=a");

        Assert.Equal([true, true, false], [reset.TryBegin(first), reset.TryBegin(second), reset.TryBegin(sibling)]);
    }

    [Fact]
    public async Task Each_data_source_of_the_application_has_its_turn_though_they_share_a_connection_string()
    {
        var reset = new PoolReset(isOurs: false, _time);
        await using NpgsqlDataSource first = NpgsqlDataSource.Create("Host=a"),
            second = NpgsqlDataSource.Create("Host=a");
        using var connection = new NpgsqlConnection("Host=a");

        Assert.Equal(
            [true, true, true, false],
            [
                reset.TryBegin(connection, first),
                reset.TryBegin(connection, second),
                reset.TryBegin(connection),
                reset.TryBegin(connection, first),
            ]
        );
    }

    private async Task AssertKeptAsync(DbDataSource connections, string session, Func<Task> save)
    {
        var first = await SessionAsync();
        HashSet<string> sessions = [];
        for (var i = 0; i < 10; i++)
        {
            Assert.True((await Assert.ThrowsAsync<StoreException>(save)).IsTransient);
            sessions.Add(await SessionAsync());
        }

        Assert.NotEqual(first, Assert.Single(sessions));
        _time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<StoreException>(save);
        Assert.DoesNotContain(await SessionAsync(), sessions);

        async Task<string> SessionAsync() => $"{await ExecuteAsync(connections, session)}";
    }

    private static async Task<object?> ExecuteAsync(DbDataSource connections, string sql)
    {
        await using var command = connections.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancellation);
    }

    private static TableMapping<int, int> Own(string table) =>
        new TableMappingBuilder<int, int>().Named(table).Key("id").Column(n => n, "n").Version("v").AllowHardDeletes().Build();

    private static StoreWrite<TKey, TValue> Write<TKey, TValue>(TKey key, TValue value)
        where TKey : notnull =>
        new()
        {
            Key = key,
            Value = value,
            Version = 1,
            ExpiresAt = CacheEntry.Never,
        };
}

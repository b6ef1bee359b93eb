using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.Entries;
using Remanso.Postgres;
using Remanso.Sql.Tables;
using Remanso.Stores;
using Remanso.Stores.Tests.Tables;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>A row that somebody else keeps locked: a save waits for it for two seconds, wherever its connections come from.</summary>
public sealed class PostgresLockTests(PostgresServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("a value")]
    [InlineData("a value with a lifetime")]
    [InlineData("a delete")]
    [InlineData("many values")]
    public async Task In_the_default_table(string what)
    {
        await using var bed = new PostgresTestBed(server);
        var store = bed.Provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Row("a", 1), Row("b", 1)], Cancellation);
        StoreWrite<string, ReadOnlyMemory<byte>>[] batch = what switch
        {
            "a value" => [Row("a", 2)],
            "a value with a lifetime" => [Row("a", 2) with { ExpiresAt = long.MaxValue / 2 }],
            "a delete" => [Row("a", 2) with { Deleted = true }],
            _ => [Row("a", 2), Row("b", 2) with { Value = new byte[17 << 20] }],
        };

        await using (await LockAsync($"UPDATE {bed.Table} SET updated_at = 0 WHERE key = 'a'"))
        {
            await RefusedAsync(() => store.SaveAsync(batch, Cancellation));
        }

        Assert.All(await store.SaveAsync(batch, Cancellation), static outcome => Assert.Equal(SaveOutcomeKind.Applied, outcome.Kind));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("hard", false)]
    [InlineData("hard", true)]
    [InlineData("soft", false)]
    [InlineData("soft", true)]
    [InlineData("no tombstones", true)]
    public async Task In_a_table_of_ones_own(string deletes, bool isDelete)
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE codes (code text PRIMARY KEY, n int, v bigint, gone boolean)");
        var store = Codes(bed.Provider, deletes);
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Code("a", 1)], Cancellation);
        var write = Code("a", 2) with { Deleted = isDelete };
        await using (await LockAsync($"UPDATE {await SchemaAsync(bed)}.codes SET n = 0 WHERE code = 'a'"))
        {
            await RefusedAsync(() => store.SaveAsync([write], Cancellation));
        }

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([write], Cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task Where_somebody_inserts_the_row_that_a_delete_wants_to_leave_marked()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE codes (code text PRIMARY KEY, n int, v bigint, gone boolean)");
        var store = Codes(bed.Provider, "soft");
        await store.InitializeAsync(Cancellation);
        await using var locked = await LockAsync($"INSERT INTO {await SchemaAsync(bed)}.codes VALUES ('a', 0, 0)");

        await RefusedAsync(() => store.SaveAsync([Code("a", 2) with { Deleted = true }], Cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task One_of_fifty_holds_up_itself_alone()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE codes (code text PRIMARY KEY, n int, v bigint)");
        await bed.ExecuteAsync("INSERT INTO codes SELECT 'k' || i, 0, 0 FROM generate_series(10, 59) AS i");
        var schema = await SchemaAsync(bed);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder
            .Services.AddRemanso()
            .UsePostgres($"{server.RoleConnectionString};Search Path={schema}")
            .AddCache<string, int>("codes", cache =>
                cache.UseTable(table => table.Named("codes").Key("code").Column(static n => n, "n").Version("v").AllowHardDeletes())
            );
        using var host = builder.Build();
        await host.StartAsync(Cancellation);
        var codes = host.Services.GetRequiredService<ICache<string, int>>();
        await using (await LockAsync($"UPDATE {schema}.codes SET n = 0 WHERE code = 'k17'"))
        {
            var receipts = new List<(string Key, WriteReceipt Receipt)>();
            for (var i = 10; i < 60; i++)
            {
                receipts.Add(($"k{i}", await codes.SetAsync($"k{i}", 1, cancellationToken: Cancellation)));
            }

            // Each has half a minute, as long as the driver would wait for the one.
            await Task.WhenAll(
                receipts
                    .Where(static written => written.Key != "k17")
                    .Select(written =>
                        codes.WaitAsync(written.Key, written.Receipt, Durability.Stored, cancellationToken: Cancellation).AsTask()
                    )
            );
            Assert.Equal(49L, await bed.ExecuteAsync("SELECT count(*) FROM codes WHERE n = 1"));
        }

        await Until.TrueAsync(
            async () => await bed.ExecuteAsync("SELECT count(*) FROM codes WHERE n = 1") is 50L,
            "the last one is stored"
        );
        await host.StopAsync(Cancellation);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_bound_of_the_address_stays()
    {
        await using var bed = new PostgresTestBed(server);
        await bed.Provider.Create("default").InitializeAsync(Cancellation);
        await using var connections = NpgsqlDataSource.Create($"{server.RoleConnectionString};Options=-c lock_timeout=50ms");
        await using var provider = new PostgresStoreProvider(
            connections,
            new PostgresStoreOptions { Table = SqlTableName.Parse(bed.Table) }
        );
        var store = provider.Create("default");
        await store.SaveAsync([Row("a", 1)], Cancellation);
        await using var locked = await LockAsync($"UPDATE {bed.Table} SET updated_at = 0 WHERE key = 'a'");
        var began = TimeProvider.System.GetTimestamp();

        await RefusedAsync(() => store.SaveAsync([Row("a", 2)], Cancellation));

        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(1.9));
    }

    [Fact(Timeout = 120_000)]
    public async Task Nothing_of_it_is_left_on_the_connection()
    {
        await using var bed = new PostgresTestBed(server);
        await using var connections = NpgsqlDataSource.Create($"{server.RoleConnectionString};Maximum Pool Size=1;No Reset On Close=true");
        await using var provider = new PostgresStoreProvider(
            connections,
            new PostgresStoreOptions { Table = SqlTableName.Parse(bed.Table) }
        );
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        for (var version = 1; version <= 3; version++)
        {
            await store.SaveAsync([Row("a", version)], Cancellation);
        }

        await using var command = connections.CreateCommand("SHOW lock_timeout");
        Assert.Equal("0", await command.ExecuteScalarAsync(Cancellation));
    }

    private static async Task RefusedAsync(Func<ValueTask<IReadOnlyList<SaveOutcome>>> save)
    {
        // Without a bound it would be the driver's time-out, after half a minute.
        var error = await Assert.ThrowsAsync<StoreException>(async () => await save());
        Assert.True(error.IsTransient, error.Message);
        Assert.Contains("lock timeout (SQLSTATE 55P03)", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Another session, which does something and does not end its transaction until it is disposed.</summary>
    private async Task<NpgsqlConnection> LockAsync(string sql)
    {
        var connection = new NpgsqlConnection($"{server.ConnectionString};Pooling=false;Search Path=remanso,public");
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand($"BEGIN; {sql}", connection);
        await command.ExecuteNonQueryAsync(Cancellation);
        return connection;
    }

    private static async Task<object?> SchemaAsync(Remanso.Conformance.Tables.TableTestBed bed) =>
        await bed.ExecuteAsync("SELECT current_schema()::text");

    private static IBackingStore<string, int> Codes(ITableStoreProvider provider, string deletes)
    {
        var table = new TableMappingBuilder<string, int>().Named("codes").Key("code").Column(static n => n, "n").Version("v");
        return provider.Create(
            "codes",
            (
                deletes switch
                {
                    "hard" => table.AllowHardDeletes(),
                    "soft" => table.SoftDelete("gone"),
                    _ => table.SoftDelete("gone", insertsTombstones: false),
                }
            ).Build()
        );
    }

    private static StoreWrite<string, int> Code(string key, long version) =>
        new()
        {
            Key = key,
            Version = version,
            Value = 7,
            ExpiresAt = CacheEntry.Never,
        };

    private static StoreWrite<string, ReadOnlyMemory<byte>> Row(string key, long version) =>
        new()
        {
            Key = key,
            Version = version,
            Value = "v"u8.ToArray(),
            ExpiresAt = CacheEntry.Never,
        };
}

using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores;
using Remanso.Conformance.Stores.Servers;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Stores.Tests;

public sealed class PostgresStoreTests(PostgresServer server) : ServerStoreConformance
{
    private PostgresTestBed Server => (PostgresTestBed)Bed;

    [Fact(Timeout = 60_000)]
    public async Task Updates_in_place_touch_no_index()
    {
        var keys = Enumerable.Range(0, 20).Select(i => $"key:{i:D2}").ToArray();
        for (var version = 1; version <= 10; version++)
        {
            await Store.SaveAsync([.. keys.Select(key => Write(key, version))], Cancellation);
        }

        // A backend reports its counts at its end, if not before.
        await Server.Provider.DisposeAsync();
        var sql = $"SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = '{Server.Table}'";
        var hot = 0L;
        await Until.TrueAsync(async () => (hot = (long)(await Server.ScalarAsync(sql))!) > 0, "the backend has reported its counts");

        Assert.True(hot > keys.Length * 5, $"Only {hot} of {keys.Length * 9} updates were heap-only.");
    }

    [Fact(Timeout = 60_000)]
    public async Task Reading_back_what_was_saved_looks_at_these_rows_alone_though_the_table_was_never_analyzed()
    {
        await Server.ExecuteAsync(
            $"""
            INSERT INTO {Server.Table} (cache, key, version, updated_at, deleted)
            SELECT 'default', 'key:' || i, 1, 0, false FROM generate_series(1, 20000) AS i
            """
        );

        // The first save is read back.
        await Store.SaveAsync([.. Enumerable.Range(1, 1_000).Select(static i => Write($"key:{i}", 2))], Cancellation);
        await Server.Provider.DisposeAsync();
        var read = 0L;
        await Until.TrueAsync(
            async () =>
                (
                    read = (long)
                        (
                            await Server.ScalarAsync(
                                $"SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = '{Server.Table}'"
                            )
                        )!
                ) > 0,
            "the backend has reported its counts"
        );

        Assert.InRange(read, 1, 5_000);
    }

    [Fact]
    public async Task Keys_are_compared_as_bytes_and_values_are_not_compressed()
    {
        Assert.Equal(
            "C",
            await Server.ScalarAsync(
                $"""
                SELECT collname FROM pg_attribute JOIN pg_collation c ON c.oid = attcollation
                WHERE attrelid = '{Server.Table}'::regclass AND attname = 'key'
                """
            )
        );
        Assert.Equal(
            'e',
            await Server.ScalarAsync(
                $"SELECT attstorage FROM pg_attribute WHERE attrelid = '{Server.Table}'::regclass AND attname = 'value'"
            )
        );
    }

    [Fact]
    public async Task Its_role_is_made_by_an_owner_of_the_database_who_is_no_superuser()
    {
        foreach (var statement in (string[])["CREATE ROLE shop_owner LOGIN CREATEROLE", "CREATE DATABASE shop OWNER shop_owner"])
        {
            await RunAsync(server.ConnectionString, statement);
        }

        // The tests' own role has the name already.
        var script = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "sql", "postgres.sql"), Cancellation);
        await RunAsync(
            $"{server.ConnectionString};Username=shop_owner;Database=shop",
            script.Replace("remanso", "shop_cache", StringComparison.Ordinal)
        );

        Assert.Equal(
            "shop_cache",
            await RunAsync(
                $"{server.ConnectionString};Database=shop",
                "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'shop_cache'"
            )
        );

        async Task<object?> RunAsync(string address, string sql)
        {
            await using var source = NpgsqlDataSource.Create(address + ";Pooling=false");
            await using var command = source.CreateCommand(sql);
            return await command.ExecuteScalarAsync(Cancellation);
        }
    }

    [Fact]
    public async Task A_tombstone_holds_no_bytes()
    {
        await Store.SaveAsync([Write("k", 1)], Cancellation);
        await Store.SaveAsync([Write("k", 2) with { Deleted = true }], Cancellation);

        Assert.Equal(true, await Server.ScalarAsync($"SELECT value IS NULL AND deleted AND version = 2 FROM {Server.Table}"));
    }

    [Fact]
    public async Task A_batch_refused_only_at_commit_is_an_error_all_the_same()
    {
        await Server.ExecuteAsync(
            $"""
            CREATE FUNCTION refuse_{Server.Table}() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE check_violation USING MESSAGE = 'too late'; END $$;
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON {Server.Table} DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW WHEN (NEW.key = 'm') EXECUTE FUNCTION refuse_{Server.Table}();
            """
        );

        var exception = await Assert.ThrowsAsync<StoreException>(async () =>
            await Store.SaveAsync([Write("a", 1), Write("m", 1)], Cancellation)
        );

        Assert.False(exception.IsTransient);
        Assert.Contains("too late", exception.Message, StringComparison.Ordinal);
        Assert.Empty(await Store.LoadAsync(["a", "m"], Cancellation));
    }

    private protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new PostgresTestBed(server));
}

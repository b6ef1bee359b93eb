using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.Entries;
using Remanso.Postgres;
using Remanso.Stores;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>A default table that somebody made of partitions.</summary>
public sealed class PostgresPartitionTests(PostgresServer server) : IAsyncLifetime
{
    private const long Now = 1_800_000_000_000_000;

    private readonly string _schema = $"p{Guid.NewGuid():N}";
    private readonly NpgsqlDataSource _foreign = NpgsqlDataSource.Create(server.ConnectionString + ";Pooling=false");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        await ExecuteAsync(
            $"""
            CREATE SCHEMA {_schema} AUTHORIZATION remanso;
            SET ROLE remanso;
            CREATE TABLE {_schema}.cache_data (
                cache text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, version bigint NOT NULL, expires_at bigint,
                updated_at bigint NOT NULL, deleted boolean NOT NULL,
                gone_at bigint GENERATED ALWAYS AS (CASE WHEN deleted THEN updated_at ELSE expires_at END) STORED,
                content_type text, value bytea, PRIMARY KEY (cache, key)) PARTITION BY HASH (cache, key);
            CREATE TABLE {_schema}.even PARTITION OF {_schema}.cache_data FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE {_schema}.odd PARTITION OF {_schema}.cache_data FOR VALUES WITH (MODULUS 2, REMAINDER 1);
            """
        );

    public async ValueTask DisposeAsync()
    {
        await ExecuteAsync($"DROP SCHEMA {_schema} CASCADE");
        await _foreign.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_others_change_is_told_of(bool hasEarlierTriggers)
    {
        if (hasEarlierTriggers)
        {
            await using var earlier = Provider();
            await earlier.Create("default").InitializeAsync(Cancellation);
            await ExecuteAsync(
                $"""
                DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('{_schema}.remanso_tell'::regproc),
                    'coalesce(pg_partition_root(TG_RELID)::oid, TG_RELID)', 'TG_RELID'); END $do$
                """
            );
        }

        await using var provider = Provider();
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        var changes = new RecordingChanges();
        using var stop = new CancellationTokenSource();
        var listening = provider.Changes!.RunAsync(changes, stop.Token);
        Assert.Equal("listening", await changes.NextAsync());
        await store.SaveAsync([Write("k", Now), Write("other", Now)], Cancellation);

        await ExecuteAsync($"UPDATE {_schema}.cache_data SET value = 'theirs' WHERE key = 'k'");
        await ExecuteAsync($"UPDATE {_schema}.cache_data SET value = 'theirs' WHERE key = 'other'");

        // A mark on the channel behind what was told: of partitions that tell elsewhere nothing would come.
        await ExecuteAsync(
            $$"""SELECT pg_notify('remanso_' || '{{_schema}}.cache_data'::regclass::oid, '{"cache":"default","key":"end"}')"""
        );
        Assert.Equal(["default k", "default other", "default end"], await changes.UntilAsync("default end"));
        await stop.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task A_purge_leaves_the_rows_that_are_spared()
    {
        await using var provider = Provider();
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        StoreWrite<string, ReadOnlyMemory<byte>>[] deletes =
        [
            .. Enumerable.Range(10, 40).Select(i => Write($"k{i}", Now) with { Deleted = true, Value = default }),
        ];
        await store.SaveAsync(deletes, Cancellation);
        string[] spared = [.. deletes.Take(20).Select(static write => write.Key)];

        await ((IPurgeableStore)store).PurgeAsync(Now * 2, 1_000, spared, Cancellation);

        Assert.Equal(
            spared,
            (await store.LoadAsync([.. deletes.Select(static write => write.Key)], Cancellation))
                .Select(static row => row.Key)
                .Order(StringComparer.Ordinal)
        );
    }

    private PostgresStoreProvider Provider() =>
        new(
            PostgresAddress.Parse(server.RoleConnectionString),
            new PostgresStoreOptions { Table = SqlTableName.Parse($"{_schema}.cache_data"), ListenForChanges = true }
        );

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _foreign.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private static StoreWrite<string, ReadOnlyMemory<byte>> Write(string key, long version) =>
        new()
        {
            Key = key,
            Version = version,
            Value = "v"u8.ToArray(),
            ExpiresAt = CacheEntry.Never,
        };
}

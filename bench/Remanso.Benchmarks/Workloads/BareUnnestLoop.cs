using Npgsql;
using NpgsqlTypes;

namespace Remanso.Benchmarks.Workloads;

/// <summary>
/// The least code that stores versioned rows in PostgreSQL as safely as the product: its table, its guard, one prepared
/// statement over arrays for each batch, sorted by key, on one connection, and nothing that tells which rows changed.
/// </summary>
internal sealed class BareUnnestLoop : IAsyncDisposable
{
    private const string Schema = """
        DROP TABLE IF EXISTS bench_bare;
        CREATE TABLE bench_bare (
            cache        text    COLLATE "C" NOT NULL,
            key          text    COLLATE "C" NOT NULL,
            version      bigint  NOT NULL,
            expires_at   bigint,
            updated_at   bigint  NOT NULL,
            deleted      boolean NOT NULL,
            content_type text,
            value        bytea,
            PRIMARY KEY (cache, key)
        ) WITH (
            fillfactor = 80,
            autovacuum_vacuum_scale_factor = 0.05,
            autovacuum_analyze_scale_factor = 0.05,
            toast.autovacuum_vacuum_scale_factor = 0.05
        );
        ALTER TABLE bench_bare ALTER COLUMN value SET STORAGE EXTERNAL;
        """;

    private const string Upsert = """
        INSERT INTO bench_bare AS stored (cache, key, value, content_type, version, deleted, expires_at, updated_at)
        SELECT 'default', w.key, w.value, 'application/octet-stream', w.version, false, NULL, 0
        FROM unnest($1, $2, $3) AS w (key, value, version)
        ON CONFLICT (cache, key) DO UPDATE SET
            value = EXCLUDED.value,
            content_type = EXCLUDED.content_type,
            version = EXCLUDED.version,
            deleted = EXCLUDED.deleted,
            expires_at = EXCLUDED.expires_at,
            updated_at = EXCLUDED.updated_at
        WHERE stored.version < EXCLUDED.version
        """;

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _upsert;
    private readonly NpgsqlParameter<string[]> _keys = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
    private readonly NpgsqlParameter<byte[][]> _values = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };
    private readonly NpgsqlParameter<long[]> _versions = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };

    private BareUnnestLoop(NpgsqlConnection connection)
    {
        _connection = connection;
        _upsert = new NpgsqlCommand(Upsert, connection) { Parameters = { _keys, _values, _versions } };
    }

    /// <summary>Makes the table anew.</summary>
    public static async Task<BareUnnestLoop> CreateAsync(string connectionString)
    {
        await ExecuteAsync(connectionString, Schema);
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        var loop = new BareUnnestLoop(connection);
        await loop._upsert.PrepareAsync();
        return loop;
    }

    /// <summary>Runs statements on a connection of their own.</summary>
    public static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connections = NpgsqlDataSource.Create(connectionString);
        await using var command = connections.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Stores all rows with one version, batch by batch.</summary>
    public async Task SaveAsync(string[] keys, byte[] value, long version, int batchSize)
    {
        foreach (var batch in keys.Chunk(batchSize))
        {
            Array.Sort(batch, StringComparer.Ordinal);
            var values = new byte[batch.Length][];
            Array.Fill(values, value);
            var versions = new long[batch.Length];
            Array.Fill(versions, version);
            (_keys.TypedValue, _values.TypedValue, _versions.TypedValue) = (batch, values, versions);
            await _upsert.ExecuteNonQueryAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _upsert.DisposeAsync();
        await _connection.DisposeAsync();
    }
}

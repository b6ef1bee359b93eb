using Microsoft.Data.Sqlite;

namespace Remanso.Baselines;

/// <summary>
/// The least code that stores versioned rows in SQLite as safely as the product: its table, its guard, its journal
/// settings, one prepared statement, a transaction a batch, and nothing that tells afterwards which rows changed.
/// </summary>
internal sealed class BareUpsertLoop : IDisposable
{
    private const string Schema = """
        PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384; PRAGMA journal_size_limit=67108864;
        CREATE TABLE IF NOT EXISTS cache_data (
            cache        TEXT    NOT NULL,
            key          TEXT    NOT NULL,
            version      INTEGER NOT NULL,
            deleted      INTEGER NOT NULL,
            expires_at   INTEGER,
            updated_at   INTEGER NOT NULL,
            content_type TEXT,
            value        BLOB,
            PRIMARY KEY (cache, key)
        ) STRICT;
        """;

    private const string Upsert = """
        INSERT INTO cache_data AS stored (cache, key, value, content_type, version, deleted, expires_at, updated_at)
        VALUES ($cache, $key, $value, $content_type, $version, 0, NULL, $updated_at)
        ON CONFLICT (cache, key) DO UPDATE SET
            value = excluded.value,
            content_type = excluded.content_type,
            version = excluded.version,
            deleted = excluded.deleted,
            expires_at = excluded.expires_at,
            updated_at = excluded.updated_at
        WHERE stored.version < excluded.version;
        """;

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _upsert;
    private readonly SqliteParameter _key;
    private readonly SqliteParameter _value;
    private readonly SqliteParameter _version;

    public BareUpsertLoop(string path)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString);
        _connection.Open();
        using (var schema = _connection.CreateCommand())
        {
            schema.CommandText = Schema;
            schema.ExecuteNonQuery();
        }

        _upsert = _connection.CreateCommand();
        _upsert.CommandText = Upsert;
        _upsert.Parameters.AddWithValue("$cache", "default");
        _upsert.Parameters.AddWithValue("$content_type", "application/octet-stream");
        _upsert.Parameters.AddWithValue("$updated_at", 0L);
        _key = _upsert.Parameters.Add("$key", SqliteType.Text);
        _value = _upsert.Parameters.Add("$value", SqliteType.Blob);
        _version = _upsert.Parameters.Add("$version", SqliteType.Integer);
    }

    /// <summary>Stores all rows with one version, in the order given.</summary>
    public void Save(ReadOnlySpan<string> keys, byte[] value, long version, int batchSize)
    {
        while (keys.Length > 0)
        {
            var batch = keys[..Math.Min(batchSize, keys.Length)];
            keys = keys[batch.Length..];
            using var transaction = _connection.BeginTransaction();
            _upsert.Transaction = transaction;
            foreach (var key in batch)
            {
                _key.Value = key;
                _value.Value = value;
                _version.Value = version;
                _upsert.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }

    public void Dispose()
    {
        _upsert.Dispose();
        _connection.Dispose();
    }
}

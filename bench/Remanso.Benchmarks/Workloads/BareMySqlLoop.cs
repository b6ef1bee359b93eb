using System.Data.Common;
using System.Globalization;
using System.Text;
using MySql.Data.MySqlClient;

namespace Remanso.Benchmarks.Workloads;

/// <summary>The least code that stores versioned rows in MySQL or MariaDB as safely as the product: its table, its
/// guard with the version assigned last, one statement for each batch, sorted by key, on one connection, and nothing
/// that tells which rows changed.</summary>
internal sealed class BareMySqlLoop : IAsyncDisposable
{
    private const string Schema = """
        DROP TABLE IF EXISTS bench_bare;
        CREATE TABLE bench_bare (
            cache        VARBINARY(256)  NOT NULL,
            `key`        VARBINARY(1024) NOT NULL,
            version      BIGINT          NOT NULL,
            expires_at   BIGINT,
            updated_at   BIGINT          NOT NULL,
            deleted      BOOLEAN         NOT NULL,
            content_type BLOB,
            value        LONGBLOB,
            PRIMARY KEY (cache, `key`)
        ) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;
        """;

    private const string Insert =
        "INSERT INTO bench_bare (cache, `key`, value, content_type, version, deleted, expires_at, updated_at) VALUES ";

    private const string Guard = """
         ON DUPLICATE KEY UPDATE
            value = IF(VALUES(version) > version, VALUES(value), value),
            content_type = IF(VALUES(version) > version, VALUES(content_type), content_type),
            deleted = IF(VALUES(version) > version, VALUES(deleted), deleted),
            expires_at = IF(VALUES(version) > version, VALUES(expires_at), expires_at),
            updated_at = IF(VALUES(version) > version, VALUES(updated_at), updated_at),
            version = IF(VALUES(version) > version, VALUES(version), version)
        """;

    private readonly DbConnection _connection;

    private BareMySqlLoop(DbConnection connection) => _connection = connection;

    public static DbProviderFactory Driver => MySqlClientFactory.Instance;

    /// <summary>Makes the table anew.</summary>
    public static async Task<BareMySqlLoop> CreateAsync(string connectionString)
    {
        await ExecuteAsync(connectionString, Schema);
        return new BareMySqlLoop(await OpenAsync(connectionString));
    }

    /// <summary>Runs statements on a connection of their own.</summary>
    public static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = await OpenAsync(connectionString);
        await ExecuteAsync(connection, sql);
    }

    /// <summary>Stores all rows with one version, batch by batch.</summary>
    public async Task SaveAsync(string[] keys, byte[] value, long version, int batchSize)
    {
        var valueText = Convert.ToHexString(value);
        var type = Convert.ToHexString("application/octet-stream"u8);
        var sql = new StringBuilder();
        foreach (var batch in keys.Chunk(batchSize))
        {
            Array.Sort(batch, StringComparer.Ordinal);
            sql.Clear().Append(Insert);
            foreach (var key in batch)
            {
                sql.Append(
                    CultureInfo.InvariantCulture,
                    $"('default', x'{Convert.ToHexString(Encoding.UTF8.GetBytes(key))}', x'{valueText}', x'{type}', {version}, 0, NULL, 0),"
                );
            }

            sql.Length--;
            await ExecuteAsync(_connection, sql.Append(Guard).ToString());
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static async Task<DbConnection> OpenAsync(string connectionString)
    {
        var connection = new MySqlConnection(connectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}

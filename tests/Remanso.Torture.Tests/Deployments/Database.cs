using Npgsql;
using Remanso.Conformance.Servers;

namespace Remanso.Torture.Tests.Deployments;

/// <summary>A database of its own, which can keep every version that a key ever had.</summary>
internal sealed class Database
{
    // A statement's rows are locked until its transaction ends and numbered before that: of one key, the numbers are in
    // the order of the commits.
    private const string History = """
        CREATE TABLE version_history (n bigserial, key text COLLATE "C", version bigint);
        CREATE FUNCTION note_versions() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO version_history (key, version) SELECT key, version FROM changed; RETURN NULL; END $$;
        CREATE TRIGGER note_inserts AFTER INSERT ON cache_data
            REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_versions();
        CREATE TRIGGER note_updates AFTER UPDATE ON cache_data
            REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_versions();
        """;

    private const string Regressions = """
        SELECT count(*) FROM (SELECT version <= lag(version) OVER (PARTITION BY key ORDER BY n) AS regressed FROM version_history) AS seen
        WHERE regressed
        """;

    // The last version of each key stays, to be compared with the next.
    private const string Forget = """
        DELETE FROM version_history AS old USING (SELECT key, max(n) AS n FROM version_history GROUP BY key) AS last
        WHERE old.key = last.key AND old.n < last.n
        """;

    private const string Rows = "SELECT key, version, value FROM cache_data WHERE cache = 'default' AND NOT deleted";

    private readonly string _connectionString;

    private Database(string connectionString, string url)
    {
        _connectionString = connectionString;
        Url = url;
    }

    /// <summary>Its address.</summary>
    public string Url { get; }

    public static async Task<Database> CreateAsync(PostgresServer postgres)
    {
        var name = $"torture_{Guid.NewGuid():N}";
        await using var server = NpgsqlDataSource.Create($"{postgres.ConnectionString};Pooling=false");
        await using var command = server.CreateCommand($"CREATE DATABASE {name}");
        await command.ExecuteNonQueryAsync();
        return new Database(
            $"{postgres.ConnectionString};Database={name};Pooling=false",
            $"postgres://postgres@127.0.0.1:{postgres.Port}/{name}"
        );
    }

    /// <summary>Records every version from now on; the table must exist.</summary>
    public Task RecordVersionsAsync() => ExecuteAsync(History);

    /// <summary>How many versions were seen.</summary>
    public Task<long> CountVersionsAsync() => CountAsync("SELECT count(*) FROM version_history");

    /// <summary>How often a key had a version that is not above the one before.</summary>
    public Task<long> CountRegressionsAsync() => CountAsync(Regressions);

    /// <summary>How many rows there are, deleted ones among them.</summary>
    public Task<long> CountRowsAsync() => CountAsync("SELECT count(*) FROM cache_data");

    /// <summary>Fails where a version fell, and forgets all but the last of each key.</summary>
    /// <returns>How many were forgotten.</returns>
    public async Task<long> ForgetVersionsAsync()
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();

        // Both see the same versions, whatever is stored meanwhile.
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await using var count = new NpgsqlCommand(Regressions, connection, transaction);
        Assert.Equal(0L, await count.ExecuteScalarAsync());
        await using var forget = new NpgsqlCommand(Forget, connection, transaction);
        var forgotten = await forget.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
        return forgotten;
    }

    /// <summary>How many deadlocks the server had to break.</summary>
    public Task<long> CountDeadlocksAsync() => CountAsync("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");

    /// <summary>Every key with its version and its value as text.</summary>
    public async Task<Dictionary<string, (long Version, string Value)>> ReadAsync()
    {
        await using var source = NpgsqlDataSource.Create(_connectionString);
        await using var command = source.CreateCommand(Rows);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new Dictionary<string, (long, string)>(StringComparer.Ordinal);
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0), (reader.GetInt64(1), System.Text.Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(2))));
        }

        return rows;
    }

    /// <summary>The version of a key's row; 0 where there is none.</summary>
    public async Task<long> VersionOfAsync(string key)
    {
        await using var source = NpgsqlDataSource.Create(_connectionString);
        await using var command = source.CreateCommand("SELECT version FROM cache_data WHERE cache = 'default' AND key = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key });
        return await command.ExecuteScalarAsync() as long? ?? 0;
    }

    /// <summary>Keeps everybody from the table until the result is disposed.</summary>
    public async Task<IAsyncDisposable> LockAsync()
    {
        var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("BEGIN; LOCK TABLE cache_data IN ACCESS EXCLUSIVE MODE", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> CountAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connectionString);
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}

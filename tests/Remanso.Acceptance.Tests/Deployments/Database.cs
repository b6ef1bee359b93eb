using System.Data.Common;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using MySql.Data.MySqlClient;
using Npgsql;

namespace Remanso.Acceptance.Tests.Deployments;

/// <summary>The table behind a cache, asked with plain SQL over connections of its own, as another program would.</summary>
internal sealed class Database : IAsyncDisposable
{
    private const int Connections = 8;

    private readonly Servers _servers;
    private readonly StoreKind _kind;
    private readonly string _cache;
    private readonly string _folder;
    private readonly string _table;
    private readonly DbDataSource _source;

    // Who waits for a connection of a pool may block a thread meanwhile; so nobody does.
    private readonly SemaphoreSlim _connections = new(Connections, Connections);

    public Database(Servers servers, StoreKind kind, string cache)
    {
        _servers = servers;
        _kind = kind;
        _cache = cache;
        _table = "cache_data_" + cache;
        _folder = Directory.CreateTempSubdirectory("remanso-acceptance-").FullName;
        _source = kind switch
        {
            StoreKind.Sqlite => SqliteFactory.Instance.CreateDataSource($"Data Source={File};Pooling=False"),
            StoreKind.Postgres => NpgsqlDataSource.Create(servers.Postgres.ConnectionString + $";Maximum Pool Size={Connections}"),
            _ => MySqlClientFactory.Instance.CreateDataSource(
                $"Server=127.0.0.1;Port={servers.MariaDb.Port};User ID=root;Database=test;SSL Mode=Disabled;Maximum Pool Size={Connections}"
            ),
        };
    }

    private string File => Path.Combine(_folder, "store.db");

    private string KeyColumn => _kind == StoreKind.MariaDb ? "`key`" : "key";

    /// <summary>Puts it behind the caches of a process.</summary>
    public void Use(RemansoBuilder builder)
    {
        var table = SqlTableName.Parse(_table);
        switch (_kind)
        {
            case StoreKind.Sqlite:
                builder.UseSqlite(File, options => options.Table = table);
                break;
            case StoreKind.Postgres:
                builder.UsePostgres(_servers.Postgres.Url, options => options.Table = table);
                break;
            default:
                builder.UseMySql(_servers.MariaDb.Url, options => options.Table = table, MySqlClientFactory.Instance);
                break;
        }
    }

    /// <summary>A key's row, tombstones too; null where there is none.</summary>
    public async Task<StoredRow?> ReadAsync(string key)
    {
        using var turn = await EnterAsync();
        await using var connection = await _source.OpenConnectionAsync();
        await using var command = Command(
            connection,
            $"SELECT * FROM {_table} WHERE cache = @cache AND {KeyColumn} = @key",
            ("cache", _cache),
            ("key", key)
        );
        await using var reader = await command.ExecuteReaderAsync();
        if (!await reader.ReadAsync())
        {
            return null;
        }

        var columns = Enumerable
            .Range(0, reader.FieldCount)
            .ToDictionary(reader.GetName, i => Text(reader.GetValue(i)), StringComparer.Ordinal);
        return new StoredRow(
            long.Parse(columns["version"]!, CultureInfo.InvariantCulture),
            columns["deleted"] is not ("0" or "False"),
            columns["value"],
            string.Join(
                ", ",
                columns
                    .OrderBy(static column => column.Key, StringComparer.Ordinal)
                    .Select(static column => $"{column.Key} = {column.Value ?? "null"}")
            )
        );
    }

    /// <summary>A key's versions in the history, the oldest first; those of deletes have no value.</summary>
    public async Task<List<(long Version, string? Value)>> HistoryAsync(string key)
    {
        await using var connection = await _source.OpenConnectionAsync();
        await using var command = Command(
            connection,
            $"SELECT version, value FROM {_table}_history WHERE cache = @cache AND {KeyColumn} = @key ORDER BY version",
            ("cache", _cache),
            ("key", key)
        );
        await using var reader = await command.ExecuteReaderAsync();
        var versions = new List<(long Version, string? Value)>();
        while (await reader.ReadAsync())
        {
            versions.Add((reader.GetInt64(0), Text(reader.GetValue(1))));
        }

        return versions;
    }

    /// <summary>How many rows are no tombstones.</summary>
    public async Task<long> CountAsync() =>
        Convert.ToInt64(
            await ScalarAsync(
                $"SELECT count(*) FROM {_table} WHERE cache = @cache AND {(_kind == StoreKind.Postgres ? "NOT deleted" : "deleted = 0")}",
                ("cache", _cache)
            ),
            CultureInfo.InvariantCulture
        );

    /// <summary>Changes a row past the cache.</summary>
    public async Task OverwriteAsync(string key, string value, long version)
    {
        await using var connection = await _source.OpenConnectionAsync();
        await using var command = Command(
            connection,
            $"UPDATE {_table} SET value = @value, version = @version WHERE cache = @cache AND {KeyColumn} = @key",
            ("value", Encoding.UTF8.GetBytes(value)),
            ("version", version),
            ("cache", _cache),
            ("key", key)
        );
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    /// <summary>From now on the database refuses rows with this value, by a rule of its own.</summary>
    public async Task RefuseAsync(string value)
    {
        string[] rules = _kind switch
        {
            StoreKind.Postgres =>
            [
                $"ALTER TABLE {_table} ADD CONSTRAINT refuse CHECK (value IS NULL OR value <> convert_to('{value}', 'UTF8'))",
            ],
            StoreKind.MariaDb => [$"ALTER TABLE {_table} ADD CONSTRAINT refuse CHECK (value IS NULL OR value <> '{value}')"],
            _ => [Trigger("INSERT"), Trigger("UPDATE")],
        };
        foreach (var rule in rules)
        {
            await ScalarAsync(rule);
        }

        string Trigger(string on) =>
            $"CREATE TRIGGER refuse_{on} BEFORE {on} ON {_table} WHEN NEW.value = CAST('{value}' AS BLOB) BEGIN SELECT "
            + "RAISE(ABORT, 'refused'); END";
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _connections.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<object?> ScalarAsync(string sql, params (string Name, object Value)[] parameters)
    {
        await using var connection = await _source.OpenConnectionAsync();
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteScalarAsync();
    }

    private async Task<IDisposable> EnterAsync()
    {
        await _connections.WaitAsync();
        return new Turn(_connections);
    }

    private static DbCommand Command(DbConnection connection, string sql, params (string Name, object Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private static string? Text(object value) =>
        value switch
        {
            DBNull => null,
            byte[] bytes => Encoding.UTF8.GetString(bytes),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };

    private sealed class Turn(SemaphoreSlim connections) : IDisposable
    {
        public void Dispose() => connections.Release();
    }
}

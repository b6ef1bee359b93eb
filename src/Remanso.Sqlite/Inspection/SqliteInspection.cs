using Microsoft.Data.Sqlite;
using Remanso.Entries;
using Remanso.Sql;
using Remanso.Sql.Inspection;
using Remanso.Stores;

namespace Remanso.Sqlite.Inspection;

/// <summary>Looks at a SQLite file; one that is not there is not made, only the right to make it is tried.</summary>
internal sealed class SqliteInspection(SqliteAddress address, SqliteStatements statements) : IStoreInspection
{
    private const string TrialCache = "remanso-doctor";

    // 3.37: STRICT tables.
    private static readonly Version _lowest = new(3, 37);

    public string? Path => address.Path;

    public IReadOnlyList<string> RemoteHosts => [];

    public bool IsEncrypted => true;

    private bool IsThere => address.Path is { } path && File.Exists(path);

    public Task<string> GetVersionAsync(CancellationToken cancellationToken) =>
        RunAsync(
            () =>
            {
                using var connection = IsThere ? Open() : new SqliteConnection();
                if (IsThere)
                {
                    Execute(connection, transaction: null, "SELECT count(*) FROM sqlite_schema");
                }

                return $"SQLite {connection.ServerVersion}";
            },
            cancellationToken
        );

    public string? WhyNot(string version) =>
        Version.TryParse(version.Split(' ')[^1], out var number) && number < _lowest
            ? $"{version} is older than {_lowest}, the oldest that is supported"
            : null;

    public Task<TimeSpan?> MeasureAsync(TimeProvider time, CancellationToken cancellationToken) => Task.FromResult<TimeSpan?>(null);

    public Task<long?> GetTimeAsync(CancellationToken cancellationToken) => Task.FromResult<long?>(null);

    public Task<TableState> CheckTableAsync(bool isHistory, CancellationToken cancellationToken) =>
        RunAsync(
            () =>
            {
                if (!IsThere)
                {
                    return new TableState(IsThere: false);
                }

                using var connection = Open();
                var table = isHistory ? HistoryRows.TableOf(statements.Name) : statements.Name;
                SqliteSchema.Check(connection, table, isHistory, address.ToString());
                return new TableState(Tables.SqliteTableSchema.Describe(connection, table.ToTableName()) is not null);
            },
            cancellationToken
        );

    public Task<string?> TryWritingAsync(bool withHistory, CancellationToken cancellationToken) =>
        RunAsync<string?>(
            () =>
            {
                if (address.Path is null)
                {
                    return null;
                }

                if (!IsThere)
                {
                    WritableFolder.Try(address.Path);
                    return null;
                }

                using var connection = Open();
                Execute(connection, transaction: null, "PRAGMA busy_timeout=2000");
                using var transaction = connection.BeginTransaction(deferred: false);
                Execute(connection, transaction, withHistory ? statements.Table + statements.History : statements.Table);
                Write(connection, transaction, withHistory);
                transaction.Rollback();
                return null;
            },
            cancellationToken
        );

    private void Write(SqliteConnection connection, SqliteTransaction transaction, bool withHistory)
    {
        var write = new StoreWrite<string, ReadOnlyMemory<byte>>
        {
            Key = $"{Guid.NewGuid():N}",
            Version = 1,
            Value = "1"u8.ToArray(),
            ExpiresAt = CacheEntry.Never,
        };
        foreach (var sql in withHistory ? (string[])[statements.Upsert, statements.Append] : [statements.Upsert])
        {
            using var statement = new UpsertStatement(connection, sql);
            statement.Begin(TrialCache, updatedAt: 1);
            statement.Execute(write);
            statement.End();
        }

        using var versions = connection.CreateCommand();
        versions.CommandText = $"SELECT version FROM {statements.Name.Quote('"')} WHERE cache = $cache AND key = $key";
        versions.Parameters.AddWithValue("$cache", TrialCache);
        versions.Parameters.AddWithValue("$key", write.Key);
        versions.Transaction = transaction;
        var version = versions.ExecuteScalar();
        if (version is not long stored)
        {
            throw VersionCheck.Held(write.Key, write.Version, found: 0);
        }

        if (stored != write.Version)
        {
            throw VersionCheck.Changed(statements.Name.ToString(), write.Key, write.Version, stored);
        }
    }

    private SqliteConnection Open()
    {
        var settings = new SqliteConnectionStringBuilder(address.ToConnectionString());
        if (settings.Mode == SqliteOpenMode.ReadWriteCreate)
        {
            settings.Mode = SqliteOpenMode.ReadWrite;
        }

        var connection = new SqliteConnection(settings.ConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Execute(SqliteConnection connection, SqliteTransaction? transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        command.ExecuteNonQuery();
    }

    private Task<TResult> RunAsync<TResult>(Func<TResult> look, CancellationToken cancellationToken) =>
        SqlCall.RunAsync(
            blocksThread: true,
            exception => SqliteFailures.Explain(exception, address),
            () => Task.FromResult(look()),
            starting: true,
            cancellationToken
        );
}

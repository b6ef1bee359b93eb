using System.Data.Common;
using Microsoft.Data.Sqlite;
using Remanso.Entries;
using Remanso.Sql;
using Remanso.Stores;

namespace Remanso.Sqlite;

/// <summary>
/// SQLite: one prepared upsert, executed row by row inside a transaction. There is no server to save round trips to,
/// so a row at a time is as fast as many, and the number of changed rows tells the outcome of each for nothing.
/// </summary>
internal sealed class SqliteDialect(SqliteAddress address, SqliteStatements statements) : ISqlDialect
{
    public bool BlocksThread => true;

    public ValueTask CreateTableAsync(DbConnection connection, bool withHistory, CancellationToken cancellationToken)
    {
        Run(connection, session =>
        {
            // Before the statements, whose own complaints would name no cure.
            SqliteSchema.Check(session, statements.Name, isHistory: false, address.ToString());
            if (withHistory)
            {
                SqliteSchema.Check(session, HistoryRows.TableOf(statements.Name), isHistory: true, address.ToString());
            }

            using var transaction = session.BeginTransaction();
            using var command = session.CreateCommand();
            command.CommandText = withHistory ? statements.Table + statements.History : statements.Table;
            command.Transaction = transaction;
            command.ExecuteNonQuery();
            transaction.Commit();
            return true;
        });
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        DbConnection connection,
        string cache,
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    ) =>
        ValueTask.FromResult<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>>(
            Run(connection, session => Load(session, cache, keys, cancellationToken))
        );

    public ValueTask<IReadOnlyList<int>> UpsertAsync(
        DbConnection connection,
        string cache,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        long updatedAt,
        bool withHistory,
        CancellationToken cancellationToken
    ) =>
        ValueTask.FromResult<IReadOnlyList<int>>(
            Run(connection, session => Upsert(session, cache, batch, updatedAt, withHistory, cancellationToken))
        );

    public ValueTask<IReadOnlyDictionary<string, long>> ReadVersionsAsync(
        DbConnection connection,
        string cache,
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    ) =>
        ValueTask.FromResult<IReadOnlyDictionary<string, long>>(
            Run(connection, session => ReadVersions(session, transaction: null, cache, keys))
        );

    public ValueTask<int> PurgeAsync(
        DbConnection connection,
        string cache,
        long before,
        int max,
        IReadOnlyCollection<string> spared,
        CancellationToken cancellationToken
    ) => ValueTask.FromResult(Run(connection, session =>
            {
                // A statement is a transaction, and nobody else writes meanwhile.
                using var command = session.CreateCommand();
                command.CommandText = statements.Purge;
                command.Parameters.AddWithValue("$cache", cache);
                command.Parameters.AddWithValue("$before", before);
                command.Parameters.AddWithValue("$spared", KeysCommand.ToJson([.. spared]));
                command.Parameters.AddWithValue("$max", max);
                return command.ExecuteNonQuery();
            }));

    public ValueTask<IReadOnlyList<HistoryVersion>> ReadHistoryAsync(
        DbConnection connection,
        string cache,
        string key,
        int max,
        int maxBytes,
        CancellationToken cancellationToken
    ) => ValueTask.FromResult<IReadOnlyList<HistoryVersion>>(Run(connection, session =>
            {
                using var command = session.CreateCommand();
                command.CommandText = statements.ReadVersions;
                command.Parameters.AddWithValue("$cache", cache);
                command.Parameters.AddWithValue("$key", key);
                command.Parameters.AddWithValue("$bytes", maxBytes);
                command.Parameters.AddWithValue("$max", max);
                var versions = new List<HistoryVersion>();
                using var reader = command.ExecuteReader();
                while (reader.Read())
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    versions.Add(HistoryRows.Read(reader, static (row, column) => row.GetString(column)));
                }

                return versions;
            }));

    public SqlFailure Explain(Exception exception) => SqliteFailures.Explain(exception, address);

    private List<int> Upsert(
        SqliteSession session,
        string cache,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        long updatedAt,
        bool withHistory,
        CancellationToken cancellationToken
    )
    {
        // Immediate, the driver's default: a transaction that took the write lock only at its first row could fail there.
        using var transaction = session.BeginTransaction(deferred: false);
        var leftAlone = Run(session.Upsert, cache, batch, updatedAt, cancellationToken);
        if (session.HasTriggers)
        {
            CheckVersions(session, transaction, cache, batch, leftAlone);
        }

        if (withHistory)
        {
            Run(session.Append, cache, HistoryRows.Of(batch, leftAlone), updatedAt, cancellationToken);
        }

        transaction.Commit();
        SqliteFile.ThrowIfMoved(session);
        return leftAlone;
    }

    /// <remarks>A trigger runs behind the statement, where RETURNING does not see what it did.</remarks>
    private void CheckVersions(
        SqliteSession session,
        SqliteTransaction transaction,
        string cache,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        List<int> leftAlone
    )
    {
        var changed = Enumerable.Range(0, batch.Count).Except(leftAlone).Select(index => batch[index]).ToArray();
        var versions = ReadVersions(session, transaction, cache, [.. changed.Select(static write => write.Key)]);
        foreach (var write in changed)
        {
            if (!versions.TryGetValue(write.Key, out var version))
            {
                throw VersionCheck.Held(write.Key, write.Version, found: 0);
            }

            if (version != write.Version)
            {
                throw VersionCheck.Changed(statements.Name.ToString(), write.Key, write.Version, version);
            }
        }
    }

    /// <summary>Runs a statement for each row; returns those that left the stored row alone.</summary>
    private static List<int> Run(
        UpsertStatement statement,
        string cache,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> rows,
        long updatedAt,
        CancellationToken cancellationToken
    )
    {
        var leftAlone = new List<int>();
        statement.Begin(cache, updatedAt);
        try
        {
            for (var i = 0; i < rows.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                SqliteTurns.Before(i, rows[i].HasTime);
                if (!statement.Execute(rows[i]))
                {
                    leftAlone.Add(i);
                }
            }

            return leftAlone;
        }
        finally
        {
            statement.End();
        }
    }

    private static List<StoreRow<string, ReadOnlyMemory<byte>>> Load(
        SqliteSession session,
        string cache,
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    )
    {
        var rows = new List<StoreRow<string, ReadOnlyMemory<byte>>>(keys.Count);
        using var reader = session.Load.Execute(cache, keys);
        while (reader.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            rows.Add(
                new StoreRow<string, ReadOnlyMemory<byte>>
                {
                    Key = reader.GetString(0),
                    Version = reader.GetInt64(1),
                    Deleted = reader.GetInt64(2) != 0,
                    ExpiresAt = reader.IsDBNull(3) ? CacheEntry.Never : reader.GetInt64(3),
                    ContentType = reader.IsDBNull(4) ? null : reader.GetString(4),
                    Value = reader.IsDBNull(5) ? default : reader.GetFieldValue<byte[]>(5),
                }
            );
        }

        return rows;
    }

    private static Dictionary<string, long> ReadVersions(
        SqliteSession session,
        SqliteTransaction? transaction,
        string cache,
        IReadOnlyList<string> keys
    )
    {
        var versions = new Dictionary<string, long>(keys.Count, StringComparer.Ordinal);
        using var reader = session.Versions.Execute(cache, keys, transaction);
        while (reader.Read())
        {
            versions[reader.GetString(0)] = reader.GetInt64(1);
        }

        return versions;
    }

    private static TResult Run<TResult>(DbConnection connection, Func<SqliteSession, TResult> work)
    {
        var session = (SqliteSession)connection;
        try
        {
            return work(session);
        }
        catch (SqliteException exception) when (SqliteFailures.MayBreakConnection(exception))
        {
            SqliteFailures.NoteCause(exception, session);
            session.IsBroken = true;
            throw;
        }
    }
}

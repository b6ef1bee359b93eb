using System.Data.Common;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Remanso.Entries;
using Remanso.Postgres.Tables;
using Remanso.Sql;
using Remanso.Stores;

namespace Remanso.Postgres;

// PostgreSQL takes no message above 1 GiB, and both ends hold all of it in memory, so a batch of many large values goes
// in several statements inside an explicit transaction.

/// <summary>
/// PostgreSQL: a batch is one prepared statement over arrays, hence one transaction and one round trip.
/// </summary>
internal sealed class PostgresDialect(
    string description,
    PostgresStatements statements,
    bool tellsChanges,
    PostgresPreparation preparation,
    ILogger logger,
    NpgsqlDataSource connections,
    PoolReset reset
) : ISqlDialect
{
    /// <summary>The bytes of values above which a batch is split into several statements.</summary>
    private const long StatementBytes = 16 << 20;

    /// <summary>Any number that no other user of the database's advisory locks has: "remanso" in ASCII.</summary>
    private const long SchemaLock = 0x72656d616e736f;

    // Until the table is seen to keep versions a save can be taken back as a whole.
    private volatile bool _isTrusted;
    private int _saves;
    private int _hasToldOfIndex;
    private readonly UnloggedTables _unlogged = new(description, logger);

    public bool BlocksThread => false;

    public async ValueTask CreateTableAsync(DbConnection connection, bool withHistory, CancellationToken cancellationToken)
    {
        var postgres = (NpgsqlConnection)connection;
        await preparation.LookAsync(postgres, cancellationToken).ConfigureAwait(false);
        await TryTransactionAsync(postgres, cancellationToken).ConfigureAwait(false);
        if (!await TableExistsAsync(postgres, statements.TableName, cancellationToken).ConfigureAwait(false))
        {
            await CreateAsync(postgres, statements.Table, cancellationToken).ConfigureAwait(false);
        }

        if (tellsChanges && !await HasTriggersAsync(postgres, cancellationToken).ConfigureAwait(false))
        {
            await CreateAsync(postgres, statements.Notify, cancellationToken).ConfigureAwait(false);
        }

        if (
            await PostgresSchema
                .CheckAsync(postgres, statements.Name, isHistory: false, description, cancellationToken)
                .ConfigureAwait(false)
                is { } index
            && Interlocked.Exchange(ref _hasToldOfIndex, 1) == 0
        )
        {
            logger.IndexMissing(statements.TableName, description, index);
        }

        await _unlogged.LookAsync(postgres, statements.TableName, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(postgres, statements.Probe, cancellationToken).ConfigureAwait(false);
        if (!withHistory)
        {
            return;
        }

        if (!await TableExistsAsync(postgres, statements.HistoryName, cancellationToken).ConfigureAwait(false))
        {
            await CreateAsync(postgres, statements.History, cancellationToken).ConfigureAwait(false);
        }

        await PostgresSchema
            .CheckAsync(postgres, HistoryRows.TableOf(statements.Name), isHistory: true, description, cancellationToken)
            .ConfigureAwait(false);
        await _unlogged.LookAsync(postgres, statements.HistoryName, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(postgres, statements.ProbeHistory, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes what a start would make, inside the caller's transaction.</summary>
    internal async Task MakeMissingAsync(NpgsqlConnection connection, bool withHistory, CancellationToken cancellationToken)
    {
        if (!await TableExistsAsync(connection, statements.TableName, cancellationToken).ConfigureAwait(false))
        {
            await ExecuteAsync(connection, statements.Table, cancellationToken).ConfigureAwait(false);
        }

        if (tellsChanges && !await HasTriggersAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            await ExecuteAsync(connection, statements.Notify, cancellationToken).ConfigureAwait(false);
        }

        if (withHistory && !await TableExistsAsync(connection, statements.HistoryName, cancellationToken).ConfigureAwait(false))
        {
            await ExecuteAsync(connection, statements.History, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Upserts a few rows inside the caller's transaction.</summary>
    /// <exception cref="StoreException">A trigger changed a version, or holds a row back.</exception>
    internal async Task UpsertInsideAsync(
        NpgsqlConnection connection,
        string cache,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> rows,
        long updatedAt,
        bool withHistory,
        CancellationToken cancellationToken
    )
    {
        var leftAlone = new List<int>();
        await UpsertRangeAsync(connection, cache, rows, 0, rows.Count, updatedAt, leftAlone, cancellationToken).ConfigureAwait(false);
        if (leftAlone.Count > 0)
        {
            throw VersionCheck.Held(rows[leftAlone[0]].Key, rows[leftAlone[0]].Version, found: 0);
        }

        if (withHistory)
        {
            await AppendAsync(connection, cache, HistoryRows.Of(rows, leftAlone), updatedAt, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        DbConnection connection,
        string cache,
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    )
    {
        var rows = new List<StoreRow<string, ReadOnlyMemory<byte>>>(keys.Count);
        var command = KeysCommand(connection, statements.Load, cache, keys);
        await using var _ = command.ConfigureAwait(false);
        await preparation.PrepareAsync(command, cancellationToken).ConfigureAwait(false);

        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add(
                new StoreRow<string, ReadOnlyMemory<byte>>
                {
                    Key = reader.GetString(0),
                    Version = reader.GetInt64(1),
                    Deleted = reader.GetBoolean(2),
                    ExpiresAt = reader.IsDBNull(3) ? CacheEntry.Never : reader.GetInt64(3),
                    ContentType = reader.IsDBNull(4) ? null : reader.GetString(4),
                    Value = reader.IsDBNull(5) ? default : reader.GetFieldValue<byte[]>(5),
                }
            );
        }

        return rows;
    }

    public async ValueTask<IReadOnlyList<int>> UpsertAsync(
        DbConnection connection,
        string cache,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        long updatedAt,
        bool withHistory,
        CancellationToken cancellationToken
    )
    {
        var postgres = (NpgsqlConnection)connection;
        var leftAlone = new List<int>();
        var isChecked = VersionCheck.IsDue(ref _saves) || !_isTrusted;
        if (!isChecked && !withHistory && CountThatFits(batch, start: 0) == batch.Count)
        {
            await UpsertRangeAsync(postgres, cache, batch, 0, batch.Count, updatedAt, leftAlone, cancellationToken).ConfigureAwait(false);
            return leftAlone;
        }

        var transaction = await postgres.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = transaction.ConfigureAwait(false);
        int count;
        for (var start = 0; start < batch.Count; start += count)
        {
            count = CountThatFits(batch, start);
            await UpsertRangeAsync(postgres, cache, batch, start, count, updatedAt, leftAlone, cancellationToken).ConfigureAwait(false);
        }

        if (withHistory)
        {
            await AppendAsync(postgres, cache, HistoryRows.Of(batch, leftAlone), updatedAt, cancellationToken).ConfigureAwait(false);
        }

        if (isChecked)
        {
            await CheckStoredAsync(postgres, cache, batch, leftAlone, cancellationToken).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        _isTrusted = true;
        return leftAlone;
    }

    public async ValueTask<IReadOnlyDictionary<string, long>> ReadVersionsAsync(
        DbConnection connection,
        string cache,
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    )
    {
        // Never prepared: a plan from when the table was small would scan it for each key.
        var versions = new Dictionary<string, long>(keys.Count, StringComparer.Ordinal);
        var command = KeysCommand(connection, statements.Versions, cache, keys);
        await using var _ = command.ConfigureAwait(false);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            versions[reader.GetString(0)] = reader.GetInt64(1);
        }

        return versions;
    }

    public async ValueTask<long> GetTimeAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(statements.Clock, (NpgsqlConnection)connection);
        await using var _ = command.ConfigureAwait(false);
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    public async ValueTask<int> PurgeAsync(
        DbConnection connection,
        string cache,
        long before,
        int max,
        IReadOnlyCollection<string> spared,
        CancellationToken cancellationToken
    )
    {
        var command = new NpgsqlCommand(statements.Purge, (NpgsqlConnection)connection);
        await using var _ = command.ConfigureAwait(false);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = cache });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = before });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. spared] });
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<HistoryVersion>> ReadHistoryAsync(
        DbConnection connection,
        string cache,
        string key,
        int max,
        int maxBytes,
        CancellationToken cancellationToken
    )
    {
        var command = new NpgsqlCommand(statements.ReadVersions, (NpgsqlConnection)connection);
        await using var _ = command.ConfigureAwait(false);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = cache });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = maxBytes });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
        var versions = new List<HistoryVersion>();
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            versions.Add(HistoryRows.Read(reader, static (row, column) => row.GetString(column)));
        }

        return versions;
    }

    public SqlFailure Explain(Exception exception) => PostgresFailures.Explain(exception, description);

    public bool TryRenew(DbConnection connection, Exception exception)
    {
        if (!PostgresFailures.IsOfConnection(exception))
        {
            return false;
        }

        // Its siblings in the pool most likely share its fate.
        if (!PostgresFailures.IsReadOnly(exception) || reset.TryBegin(connection))
        {
            connections.Clear();
        }

        return true;
    }

    private static int CountThatFits(IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch, int start)
    {
        var bytes = 0L;
        for (var i = start; i < batch.Count; i++)
        {
            bytes += batch[i].Value.Length;
            if (bytes > StatementBytes && i > start)
            {
                return i - start;
            }
        }

        return batch.Count - start;
    }

    private static NpgsqlCommand KeysCommand(DbConnection connection, string sql, string cache, IReadOnlyList<string> keys)
    {
        var command = new NpgsqlCommand(sql, (NpgsqlConnection)connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = cache });
        command.Parameters.Add(PostgresColumns.Array(keys as string[] ?? [.. keys], NpgsqlDbType.Text));
        return command;
    }

    internal static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using var _ = command.ConfigureAwait(false);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <remarks>CREATE … IF NOT EXISTS is no protection against another process doing the same at this moment.</remarks>
    private static async Task CreateAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = transaction.ConfigureAwait(false);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({SchemaLock})", cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, sql, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> HasTriggersAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand($"SELECT {PostgresTriggers.AreThere}", connection);
        await using var _ = command.ConfigureAwait(false);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = statements.TableName });
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    /// <summary>Fails where none can be had, as through a pooler that lends a session for one statement.</summary>
    private static async Task TryTransactionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = transaction.ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <remarks>Asked first because a process that may use the table need not be allowed to create one.</remarks>
    internal static async Task<bool> TableExistsAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("SELECT to_regclass($1) IS NOT NULL", connection);
        await using var _ = command.ConfigureAwait(false);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    private async Task AppendAsync(
        NpgsqlConnection connection,
        string cache,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> rows,
        long updatedAt,
        CancellationToken cancellationToken
    )
    {
        int count;
        for (var start = 0; start < rows.Count; start += count)
        {
            count = CountThatFits(rows, start);
            var command = PostgresColumns.Of(rows, start, count).Command(connection, statements.Append, cache, updatedAt);
            await using var _ = command.ConfigureAwait(false);
            await preparation.PrepareAsync(command, cancellationToken).ConfigureAwait(false);

            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task UpsertRangeAsync(
        NpgsqlConnection connection,
        string cache,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        int start,
        int count,
        long updatedAt,
        List<int> leftAlone,
        CancellationToken cancellationToken
    )
    {
        var columns = PostgresColumns.Of(batch, start, count);
        var command = columns.AreAlike
            ? columns.CommandOfAlike(connection, statements.UpsertAlike, cache, updatedAt)
            : columns.Command(connection, statements.Upsert, cache, updatedAt);
        await using var _ = command.ConfigureAwait(false);
        await preparation.PrepareAsync(command, cancellationToken).ConfigureAwait(false);

        // Outside a transaction the commit, and any error of it, comes after the last row: when the reader is disposed.
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        Dictionary<string, long>? changed = null;
        await using (reader.ConfigureAwait(false))
        {
            if (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                changed = ReadChanged(reader);
            }
        }

        if (changed is null)
        {
            return;
        }

        for (var i = start; i < start + count; i++)
        {
            if (!changed.TryGetValue(batch[i].Key, out var version))
            {
                leftAlone.Add(i);
            }
            else if (version != batch[i].Version)
            {
                _isTrusted = false;
                throw VersionCheck.Changed(statements.TableName, batch[i].Key, batch[i].Version, version);
            }
        }
    }

    /// <remarks>What the upsert returns was so before the triggers that run after a statement.</remarks>
    private async ValueTask CheckStoredAsync(
        NpgsqlConnection connection,
        string cache,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        List<int> leftAlone,
        CancellationToken cancellationToken
    )
    {
        var changed = batch.Index().ExceptBy(leftAlone, static item => item.Index).Select(static item => item.Item).ToArray();
        var versions = await ReadVersionsAsync(connection, cache, [.. changed.Select(static write => write.Key)], cancellationToken)
            .ConfigureAwait(false);
        foreach (var write in changed)
        {
            var version = versions.GetValueOrDefault(write.Key);
            if (version != write.Version)
            {
                _isTrusted = false;
                throw version == 0
                    ? VersionCheck.Held(write.Key, write.Version, found: 0)
                    : VersionCheck.Changed(statements.TableName, write.Key, write.Version, version);
            }
        }
    }

    /// <summary>The rows that changed, where not all of them did as they were to.</summary>
    private static Dictionary<string, long> ReadChanged(NpgsqlDataReader reader)
    {
        var changed = new Dictionary<string, long>(StringComparer.Ordinal);
        if (reader.IsDBNull(0))
        {
            return changed;
        }

        var keys = reader.GetFieldValue<string[]>(0);
        var versions = reader.GetFieldValue<long[]>(1);
        for (var i = 0; i < keys.Length; i++)
        {
            changed[keys[i]] = versions[i];
        }

        return changed;
    }
}

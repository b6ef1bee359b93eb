using System.Data;
using System.Data.Common;
using Remanso.Sql;
using Remanso.Sql.Tables;
using Remanso.Stores;

namespace Remanso.MySql.Tables;

// Outcomes need no column of the table's, unlike those of the default one: what is locked stays as it was read. A row
// that another save inserted in between is a duplicate, and the save begins again.
//
// Why no ON DUPLICATE KEY UPDATE: it tells one sum for all rows, takes a duplicate of any unique key for the row to
// change, and uses up numbers of AUTO_INCREMENT with every update.
//
// Locks: READ COMMITTED, rows and no gaps, in one order. Two saves can still meet over rows that the one saw and the
// other did not: then the server ends one of them, which begins again, too.

/// <summary>A mapped table in MySQL or MariaDB. A save locks the rows that are there, one by one in the order of their
/// keys, and learns their versions; it updates those that are lower, leaves the others alone, and inserts what is
/// missing.</summary>
internal sealed class MySqlTableStatements(TablePlan plan, TableShape shape, MySqlTableText text, SaveSession session, string description)
    : ITableStatements
{
    /// <summary>How often a save is begun. Each time finds what it stumbled over before.</summary>
    private const int Attempts = 4;

    private const int Duplicate = 1062;
    private const int Deadlock = 1213;

    private readonly MySqlPacket _packet = new(description);
    private volatile bool _isDoubtful;
    private int _saves;

    public async ValueTask<string?> ProbeAsync(DbConnection connection, CancellationToken cancellationToken) =>
        await MySqlCalls
            .RunAsync(
                connection,
                async (mysql, stop) =>
                {
                    await _packet.AskAsync(mysql).ConfigureAwait(false);
                    foreach (var sql in text.Probes())
                    {
                        await MySqlCalls.ExecuteAsync(mysql, transaction: null, sql, stop).ConfigureAwait(false);
                    }

                    return (string?)null;
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<long>> SampleVersionsAsync(DbConnection connection, CancellationToken cancellationToken) =>
        await MySqlCalls
            .RunAsync(
                connection,
                async (mysql, stop) =>
                {
                    var versions = new List<long>();
                    await MySqlCalls
                        .ReadAsync(
                            mysql,
                            transaction: null,
                            plan.Table.Sample(plan.Version, '`'),
                            reader => versions.Add(reader.IsDBNull(0) ? 0 : reader.GetInt64(0)),
                            stop
                        )
                        .ConfigureAwait(false);
                    return versions;
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<TableRow>> LoadAsync(
        DbConnection connection,
        IReadOnlyList<object?[]> keys,
        CancellationToken cancellationToken
    ) =>
        await MySqlCalls
            .RunAsync(
                connection,
                async (mysql, stop) =>
                {
                    var rows = new List<TableRow>(keys.Count);
                    await RowsCommand
                        .RunAsync(
                            mysql,
                            transaction: null,
                            _packet,
                            text.Load,
                            keys,
                            text.WriteKey,
                            (command, _) => MySqlCalls.ReadAsync(command, reader => rows.Add(ReadRow(reader))),
                            stop
                        )
                        .ConfigureAwait(false);
                    return rows;
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    public async ValueTask<IReadOnlyDictionary<string, long>> VersionsAsync(
        DbConnection connection,
        IReadOnlyList<object?[]> keys,
        CancellationToken cancellationToken
    ) =>
        await MySqlCalls
            .RunAsync(connection, (mysql, stop) => VersionsAsync(mysql, transaction: null, text.Versions, keys, stop), cancellationToken)
            .ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<int>> SaveAsync(DbConnection connection, TableBatch batch, CancellationToken cancellationToken)
    {
        Row[] rows =
        [
            .. batch
                .Writes.Select(static write => new Row(KeyText.Join(write.Key), write, Deleted: false))
                .Concat(batch.Deletes.Select(static write => new Row(KeyText.Join(write.Key), write, Deleted: true)))
                .OrderBy(static row => row.Key, StringComparer.Ordinal),
        ];
        if (
            plan
                .Keys.Select((key, i) => (key.Name, Index: i))
                .FirstOrDefault(key => NumbersItself(key.Name) && rows.Any(row => row.Write.Key[key.Index] is (short)0 or 0 or 0L)) is
            { Name: { } name }
        )
        {
            throw new StoreException(
                $"The column {name} of the table {plan.Table} is AUTO_INCREMENT, which takes 0 for the next number: 0 can't be a key.",
                isTransient: false
            )
            {
                BlamesRow = true,
            };
        }

        return await MySqlCalls
            .RunAsync(
                connection,
                async (mysql, stop) =>
                {
                    await _packet
                        .KnowAsync(
                            mysql,
                            hasLongValues: plan.Values.Any(static column => column.Kind is ColumnKind.Text or ColumnKind.Bytes)
                        )
                        .ConfigureAwait(false);
                    var before = await session.PrepareAsync(mysql, stop).ConfigureAwait(false);
                    var zone = text.NeedsZone ? await SessionZone.EnterAsync(mysql, stop).ConfigureAwait(false) : null;
                    try
                    {
                        for (var attempt = 1; ; attempt++)
                        {
                            try
                            {
                                return await SaveAsync(mysql, rows, batch.Now, before, stop).ConfigureAwait(false);
                            }
                            catch (DbException exception)
                                when (attempt < Attempts && MySqlFailures.NumberOf(exception) is Duplicate or Deadlock)
                            {
                                // Another save was in between; or the row breaks another unique key, and does so again.
                            }
                        }
                    }
                    finally
                    {
                        if (zone is not null)
                        {
                            await zone.LeaveAsync().ConfigureAwait(false);
                        }
                    }
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<int>> SaveAsync(DbConnection mysql, Row[] rows, long now, string before, CancellationToken stop)
    {
        var transaction = await mysql.BeginTransactionAsync(IsolationLevel.ReadCommitted, CancellationToken.None).ConfigureAwait(false);
        await using var _ = transaction.ConfigureAwait(false);
        var stored = await LockAsync(transaction, rows, before, stop).ConfigureAwait(false);
        var there = rows.ToLookup(row =>
            stored.TryGetValue(row.Key, out var version)
                ? version < row.Write.Version
                    ? Place.Lower
                    : Place.Ahead
                : Place.Missing
        );
        var updates = there[Place.Lower].Where(static row => !row.Deleted).Select(static row => row.Write).ToArray();
        var deletes = there[Place.Lower].Where(static row => row.Deleted).Select(static row => row.Write).ToArray();
        await ChangeAsync(transaction, text.Update(now), updates, text.WriteUpdate, stop).ConfigureAwait(false);
        await ChangeAsync(transaction, plan.SoftDelete is null ? text.Remove : text.Mark(now), deletes, text.WriteVersion, stop)
            .ConfigureAwait(false);
        await ChangeAsync(
                transaction,
                text.Insert,
                [.. there[Place.Missing].Where(row => !row.Deleted || plan.InsertsTombstones)],
                (command, row) => text.WriteInsert(command, row.Write, row.Deleted, now),
                stop
            )
            .ConfigureAwait(false);
        if (VersionCheck.IsDue(ref _saves) || _isDoubtful)
        {
            await CheckVersionsAsync(
                    transaction,
                    [
                        .. there[Place.Lower].Where(row => !row.Deleted || plan.SoftDelete is not null),
                        .. there[Place.Missing].Where(row => !row.Deleted || plan.InsertsTombstones),
                    ],
                    stop
                )
                .ConfigureAwait(false);
        }

        stop.ThrowIfCancellationRequested();
        await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        return [.. there[Place.Ahead].Select(static row => row.Write.Index)];
    }

    /// <remarks>Neither server tells what its triggers made of a row, and an account may not be allowed to see whether
    /// there are any.</remarks>
    private async Task CheckVersionsAsync(DbTransaction transaction, Row[] rows, CancellationToken stop)
    {
        var versions = await LockAsync(transaction, rows, before: string.Empty, stop).ConfigureAwait(false);
        foreach (var row in rows)
        {
            if (versions.TryGetValue(row.Key, out var version) && version == row.Write.Version)
            {
                continue;
            }

            _isDoubtful = true;
            throw version == 0
                ? VersionCheck.Held(row.Key, row.Write.Version, found: 0)
                : VersionCheck.Changed(plan.Table.ToString(), row.Key, row.Write.Version, version);
        }

        _isDoubtful = false;
    }

    private Task<Dictionary<string, long>> LockAsync(DbTransaction transaction, Row[] rows, string before, CancellationToken stop) =>
        VersionsAsync(
            transaction.Connection!,
            transaction,
            text.Lock with
            {
                Head = before + text.Lock.Head,
            },
            [.. rows.Select(static row => row.Write.Key)],
            stop
        );

    private async Task<Dictionary<string, long>> VersionsAsync(
        DbConnection mysql,
        DbTransaction? transaction,
        RowsStatement statement,
        IReadOnlyList<object?[]> keys,
        CancellationToken stop
    )
    {
        var versions = new Dictionary<string, long>(keys.Count, StringComparer.Ordinal);
        await RowsCommand
            .RunAsync(mysql, transaction, _packet, statement, keys, text.WriteKey, (command, _) => MySqlCalls.ReadAsync(command, Add), stop)
            .ConfigureAwait(false);
        return versions;

        void Add(DbDataReader reader) =>
            versions[KeyText.Join(ReadColumns(reader, 0, plan.Keys, key: null))] = reader.GetInt64(plan.Keys.Count);
    }

    private Task ChangeAsync<TRow>(
        DbTransaction transaction,
        RowsStatement statement,
        IReadOnlyList<TRow> rows,
        Action<RowsCommand, TRow> write,
        CancellationToken stop
    ) =>
        RowsCommand.RunAsync(
            transaction.Connection!,
            transaction,
            _packet,
            statement,
            rows,
            write,
            async (command, count) =>
            {
                // A version changes always, so it does not matter whether the driver counts what was found or what was changed.
                var changed = await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
                if (changed != count)
                {
                    throw new StoreException(
                        $"{description} changed {changed} of {count} locked rows of the table {plan.Table}; a trigger or a "
                            + "rule of it may hold them back.",
                        isTransient: true
                    );
                }
            },
            stop
        );

    private TableRow ReadRow(DbDataReader reader)
    {
        var next = plan.Keys.Count + plan.Values.Count;
        var key = ReadColumns(reader, 0, plan.Keys, key: null);
        return new TableRow(
            key,
            ReadColumns(reader, plan.Keys.Count, plan.Values, key),
            reader.GetInt64(next),
            MySqlColumnReader.IsTrue(reader, next + 1),
            ReadExpiry(reader, next + 2, key),
            reader.IsDBNull(next + 3) ? null : MySqlColumnReader.Text(reader, next + 3)
        );
    }

    private long? ReadExpiry(DbDataReader reader, int ordinal, object?[] key)
    {
        try
        {
            return plan.Expiry is { } expiry ? MySqlColumnReader.ReadMicros(reader, ordinal, TypeOf(expiry)) : null;
        }
        catch (Exception exception) when (UnreadableRow.Is(exception))
        {
            throw UnreadableRow.Of(plan, key, plan.Expiry!, "the end of a lifetime", exception);
        }
    }

    private object?[] ReadColumns(DbDataReader reader, int first, IReadOnlyList<ColumnMapping> columns, object?[]? key)
    {
        var values = new object?[columns.Count];
        for (var i = 0; i < values.Length; i++)
        {
            try
            {
                values[i] = MySqlColumnReader.Read(reader, first + i, columns[i].Kind, TypeOf(columns[i].Name));
            }
            catch (Exception exception) when (UnreadableRow.Is(exception))
            {
                throw UnreadableRow.Of(plan, key, columns[i].Name, columns[i].Member, exception);
            }
        }

        return values;
    }

    private string TypeOf(string column) => MySqlColumnType.Plain(shape.Columns[column].DatabaseType);

    private bool NumbersItself(string column) =>
        shape.Columns[column].DatabaseType.StartsWith(MySqlColumnType.AutoIncrement, StringComparison.Ordinal);

    private enum Place
    {
        Missing,
        Lower,
        Ahead,
    }

    private sealed record Row(string Key, TableWrite Write, bool Deleted);
}

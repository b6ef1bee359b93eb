using System.Data.Common;
using Npgsql;
using Remanso.Sql;
using Remanso.Sql.Tables;

namespace Remanso.Postgres.Tables;

/// <summary>A mapped table in PostgreSQL: one prepared statement for the values of a batch and one for its deletes, over arrays.</summary>
internal sealed class PostgresTableStatements(TablePlan plan, TableShape shape, PostgresTableText text, PostgresPreparation preparation)
    : ITableStatements
{
    /// <summary>The bytes of texts and bytes above which a batch is split into several statements (see
    /// <see cref="PostgresDialect"/>).</summary>
    private const long StatementBytes = 16 << 20;

    // Until the table is seen to keep versions a save can be taken back as a whole.
    private volatile bool _isTrusted;
    private int _saves;

    /// <remarks>Empty arrays: the server parses and plans all of it, names, types, casts, the unique key and this
    /// user's rights, and touches no row.</remarks>
    public async ValueTask<string?> ProbeAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var nothing = new Dictionary<string, long>();
        try
        {
            await RunAsync((NpgsqlConnection)connection, text.Upsert, UpsertParameters([], now: 0), nothing, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (PostgresException exception)
            when (exception.SqlState == PostgresErrorCodes.CannotCoerce && text.CastAt(exception.Position) is { } column)
        {
            return PostgresColumnForm.Misfit(column, TypeOf(column));
        }

        await RunAsync((NpgsqlConnection)connection, text.Delete, DeleteParameters([], now: 0), nothing, cancellationToken)
            .ConfigureAwait(false);
        await LoadAsync(connection, [], cancellationToken).ConfigureAwait(false);
        return await UnreadableAsync((NpgsqlConnection)connection, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<long>> SampleVersionsAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var versions = new List<long>();
        var command = Command((NpgsqlConnection)connection, plan.Table.Sample(plan.Version, '"'), []);
        await using var _ = command.ConfigureAwait(false);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            versions.Add(reader.IsDBNull(0) ? 0 : reader.GetInt64(0));
        }

        return versions;
    }

    public async ValueTask<IReadOnlyList<TableRow>> LoadAsync(
        DbConnection connection,
        IReadOnlyList<object?[]> keys,
        CancellationToken cancellationToken
    )
    {
        var rows = new List<TableRow>(keys.Count);
        var command = Command((NpgsqlConnection)connection, text.Load, KeyParameters(keys));
        await using var _ = command.ConfigureAwait(false);
        await preparation.PrepareAsync(command, cancellationToken).ConfigureAwait(false);

        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var key = ReadColumns(reader, 0, plan.Keys, key: null);
            var values = ReadColumns(reader, key.Length, plan.Values, key);
            var next = key.Length + values.Length;
            rows.Add(
                new TableRow(
                    key,
                    values,
                    reader.GetInt64(next),
                    reader.GetBoolean(next + 1),
                    reader.IsDBNull(next + 2) ? null : reader.GetInt64(next + 2),
                    reader.IsDBNull(next + 3) ? null : reader.GetString(next + 3)
                )
            );
        }

        return rows;
    }

    public async ValueTask<IReadOnlyDictionary<string, long>> VersionsAsync(
        DbConnection connection,
        IReadOnlyList<object?[]> keys,
        CancellationToken cancellationToken
    )
    {
        var versions = new Dictionary<string, long>(keys.Count, StringComparer.Ordinal);
        await RunAsync((NpgsqlConnection)connection, text.Versions, KeyParameters(keys), versions, cancellationToken).ConfigureAwait(false);
        return versions;
    }

    public async ValueTask<IReadOnlyList<int>> SaveAsync(DbConnection connection, TableBatch batch, CancellationToken cancellationToken)
    {
        var postgres = (NpgsqlConnection)connection;
        var changed = new Dictionary<string, long>(batch.Writes.Count + batch.Deletes.Count, StringComparer.Ordinal);
        var parts = Parts(batch.Writes)
            .Select(part => (Sql: text.Upsert, Parameters: UpsertParameters(part, batch.Now)))
            .Concat(batch.Deletes.Count == 0 ? [] : [(text.Delete, DeleteParameters(batch.Deletes, batch.Now))])
            .ToArray();
        var isChecked = VersionCheck.IsDue(ref _saves) || !_isTrusted;
        if (parts.Length == 1 && !isChecked)
        {
            await RunAsync(postgres, parts[0].Sql, parts[0].Parameters, changed, cancellationToken).ConfigureAwait(false);
            Check(batch, changed);
        }
        else
        {
            var transaction = await postgres.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using var _ = transaction.ConfigureAwait(false);
            foreach (var (sql, parameters) in parts)
            {
                await RunAsync(postgres, sql, parameters, changed, cancellationToken).ConfigureAwait(false);
            }

            Check(batch, changed);
            if (isChecked)
            {
                await CheckStoredAsync(postgres, batch, changed, cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            _isTrusted = true;
        }

        if (changed.Count == batch.Writes.Count + batch.Deletes.Count)
        {
            return [];
        }

        return
        [
            .. batch
                .Writes.Concat(batch.Deletes)
                .Where(write => !changed.ContainsKey(KeyText.Join(write.Key)))
                .Select(static write => write.Index),
        ];
    }

    /// <remarks>A cast leads to nearly every type, so writes tell nothing of it; and where no row is found none is read.</remarks>
    private async ValueTask<string?> UnreadableAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = Command(connection, text.Nothing, []);
        await using var _ = command.ConfigureAwait(false);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        foreach (var (i, column) in plan.Keys.Concat(plan.Values).Index())
        {
            if (!PostgresArray.CanRead(reader, i, column.Kind, TypeOf(column)))
            {
                return PostgresColumnForm.Misfit(column, TypeOf(column));
            }
        }

        return null;
    }

    private void Check(TableBatch batch, Dictionary<string, long> changed)
    {
        var known = 0;
        foreach (var write in batch.Writes.Concat(batch.Deletes))
        {
            var key = KeyText.Join(write.Key);
            if (!changed.TryGetValue(key, out var version))
            {
                continue;
            }

            known++;
            if (version != write.Version)
            {
                _isTrusted = false;
                throw VersionCheck.Changed(plan.Table.ToString(), key, write.Version, version);
            }
        }

        if (known < changed.Count)
        {
            _isTrusted = false;
            throw VersionCheck.Moved(plan.Table.ToString());
        }
    }

    /// <remarks>What is returned was so before the triggers that run after a statement.</remarks>
    private async ValueTask CheckStoredAsync(
        NpgsqlConnection connection,
        TableBatch batch,
        Dictionary<string, long> changed,
        CancellationToken cancellationToken
    )
    {
        TableWrite[] kept =
        [
            .. batch
                .Writes.Concat(plan.SoftDelete is null ? [] : batch.Deletes)
                .Where(write => changed.ContainsKey(KeyText.Join(write.Key))),
        ];
        var versions = await VersionsAsync(connection, [.. kept.Select(static write => write.Key)], cancellationToken)
            .ConfigureAwait(false);
        foreach (var write in kept)
        {
            var key = KeyText.Join(write.Key);
            var version = versions.GetValueOrDefault(key);
            if (version != write.Version)
            {
                _isTrusted = false;
                throw version == 0
                    ? VersionCheck.Held(key, write.Version, found: 0)
                    : VersionCheck.Changed(plan.Table.ToString(), key, write.Version, version);
            }
        }
    }

    /// <summary>Divides writes into statements of bounded size; a row always fits.</summary>
    internal static IEnumerable<IReadOnlyList<TableWrite>> Parts(IReadOnlyList<TableWrite> writes)
    {
        var part = new List<TableWrite>(writes.Count);
        var bytes = 0L;
        foreach (var write in writes)
        {
            var size = write.Values.Sum(static value =>
                value is byte[] all ? all.Length
                : value is string characters ? 3L * characters.Length
                : 8
            );
            if (bytes + size > StatementBytes && part.Count > 0)
            {
                yield return part;
                part = [];
                bytes = 0;
            }

            bytes += size;
            part.Add(write);
        }

        if (part.Count > 0)
        {
            yield return part;
        }
    }

    private async ValueTask RunAsync(
        NpgsqlConnection connection,
        string sql,
        IEnumerable<NpgsqlParameter> parameters,
        Dictionary<string, long> changed,
        CancellationToken cancellationToken
    )
    {
        var command = Command(connection, sql, parameters);
        await using var _ = command.ConfigureAwait(false);
        await preparation.PrepareAsync(command, cancellationToken).ConfigureAwait(false);

        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);

        // Outside a transaction the commit, and any error of it, comes after the last row: when the reader is disposed.
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                changed[KeyText.Join(ReadColumns(reader, 0, plan.Keys, key: null))] = reader.GetInt64(plan.Keys.Count);
            }
        }
    }

    private object?[] ReadColumns(NpgsqlDataReader reader, int first, IReadOnlyList<ColumnMapping> columns, object?[]? key)
    {
        var values = new object?[columns.Count];
        for (var i = 0; i < values.Length; i++)
        {
            try
            {
                values[i] = PostgresArray.Read(reader, first + i, columns[i].Kind, TypeOf(columns[i]));
            }
            catch (Exception exception) when (UnreadableRow.Is(exception))
            {
                throw UnreadableRow.Of(plan, key, columns[i].Name, columns[i].Member, exception);
            }
        }

        return values;
    }

    private IEnumerable<NpgsqlParameter> UpsertParameters(IReadOnlyList<TableWrite> writes, long now)
    {
        foreach (var parameter in DeleteParameters(writes, now))
        {
            yield return parameter;
        }

        for (var i = 0; i < plan.Values.Count; i++)
        {
            yield return Column(plan.Values[i], writes.Select(write => write.Values[i]));
        }

        if (plan.Expiry is not null)
        {
            yield return PostgresArray.Of(writes.Select(static write => (object?)write.ExpiresAt), ColumnKind.LongInteger, "bigint");
        }

        if (plan.ContentType is not null)
        {
            yield return PostgresArray.Of(writes.Select(static write => (object?)write.ContentType), ColumnKind.Text, "text");
        }
    }

    private IEnumerable<NpgsqlParameter> DeleteParameters(IReadOnlyList<TableWrite> writes, long now) =>
        [
            new NpgsqlParameter<long> { TypedValue = now },
            .. KeyParameters([.. writes.Select(static write => write.Key)]),
            PostgresArray.Of(writes.Select(static write => write.Version)),
        ];

    private IEnumerable<NpgsqlParameter> KeyParameters(IReadOnlyList<object?[]> keys) =>
        plan.Keys.Select((column, i) => Column(column, keys.Select(key => key[i])));

    private NpgsqlParameter Column(ColumnMapping column, IEnumerable<object?> values) =>
        PostgresArray.Of(values, column.Kind, TypeOf(column));

    private string TypeOf(ColumnMapping column) => shape.Columns[column.Name].DatabaseType;

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, IEnumerable<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }
}

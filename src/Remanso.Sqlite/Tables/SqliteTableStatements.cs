using System.Buffers;
using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Remanso.Sql;
using Remanso.Sql.Tables;
using Remanso.Stores;

namespace Remanso.Sqlite.Tables;

/// <summary>A mapped table in SQLite: as for the default table, one prepared statement a row inside one transaction,
/// for there is no server to save round trips to, and the number of changed rows tells each outcome.</summary>
internal sealed class SqliteTableStatements(TablePlan plan, SqliteTableText text) : ITableStatements
{
    private static readonly JsonWriterOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public ValueTask<string?> ProbeAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        foreach (var sql in new[] { text.Upsert, text.Delete, text.Tombstone, text.Load, text.Versions }.OfType<string>())
        {
            using var command = Command(connection, sql, transaction: null);
            Bind(command, new TableWrite(0, new object?[plan.Keys.Count], new object?[plan.Values.Count], 0, null, null), now: 0);
            command.Parameters.AddWithValue(SqliteTableText.Keys, "[]");
            command.Prepare();
        }

        return ValueTask.FromResult<string?>(null);
    }

    public ValueTask<IReadOnlyList<long>> SampleVersionsAsync(DbConnection connection, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<long>>(Guard(connection, () => SampleVersions(connection)));

    public ValueTask<IReadOnlyList<TableRow>> LoadAsync(
        DbConnection connection,
        IReadOnlyList<object?[]> keys,
        CancellationToken cancellationToken
    ) => ValueTask.FromResult<IReadOnlyList<TableRow>>(Guard(connection, () => Load(connection, keys, cancellationToken)));

    public ValueTask<IReadOnlyDictionary<string, long>> VersionsAsync(
        DbConnection connection,
        IReadOnlyList<object?[]> keys,
        CancellationToken cancellationToken
    ) => ValueTask.FromResult<IReadOnlyDictionary<string, long>>(Guard(connection, () => Versions(connection, keys)));

    public ValueTask<IReadOnlyList<int>> SaveAsync(DbConnection connection, TableBatch batch, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<int>>(Guard(connection, () => Save((SqliteConnection)connection, batch, cancellationToken)));

    private List<long> SampleVersions(DbConnection connection)
    {
        using var command = Command(connection, plan.Table.Sample(plan.Version, '"'), transaction: null);
        using var reader = command.ExecuteReader();
        var versions = new List<long>();
        while (reader.Read())
        {
            versions.Add(reader.IsDBNull(0) ? 0 : reader.GetInt64(0));
        }

        return versions;
    }

    private List<TableRow> Load(DbConnection connection, IReadOnlyList<object?[]> keys, CancellationToken cancellationToken)
    {
        using var command = Command(connection, text.Load, transaction: null);
        command.Parameters.AddWithValue(SqliteTableText.Keys, ToJson(keys));
        using var reader = command.ExecuteReader();
        var rows = new List<TableRow>(keys.Count);
        while (reader.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            rows.Add(ReadRow(reader));
        }

        return rows;
    }

    private Dictionary<string, long> Versions(DbConnection connection, IReadOnlyList<object?[]> keys)
    {
        using var command = Command(connection, text.Versions, transaction: null);
        command.Parameters.AddWithValue(SqliteTableText.Keys, ToJson(keys));
        using var reader = command.ExecuteReader();
        var versions = new Dictionary<string, long>(keys.Count, StringComparer.Ordinal);
        while (reader.Read())
        {
            object?[] key = [.. plan.Keys.Select((column, i) => Read(reader, i, column))];
            versions[KeyText.Join(key)] = reader.GetInt64(key.Length);
        }

        return versions;
    }

    private TableRow ReadRow(SqliteDataReader reader)
    {
        var (key, values) = (new object?[plan.Keys.Count], new object?[plan.Values.Count]);
        var next = key.Length + values.Length;
        var isKeyRead = false;
        (string? Column, object What) at = (null, "a row");
        try
        {
            for (var i = 0; i < key.Length; i++)
            {
                at = (plan.Keys[i].Name, plan.Keys[i].Member);
                key[i] = Read(reader, i, plan.Keys[i]);
            }

            isKeyRead = true;
            for (var i = 0; i < values.Length; i++)
            {
                at = (plan.Values[i].Name, plan.Values[i].Member);
                values[i] = Read(reader, key.Length + i, plan.Values[i]);
            }

            at = (plan.SoftDelete, "a mark of a deletion");
            SqliteNumber.Check(reader, next + 1, ColumnKind.Boolean, plan.SoftDelete ?? string.Empty);
            at = (plan.Expiry, "the end of a lifetime");
            var expiresAt = ReadExpiry(reader, next + 2);
            at = (plan.ContentType, "a media type");
            return new TableRow(
                key,
                values,
                reader.GetInt64(next),
                reader.GetInt64(next + 1) != 0,
                expiresAt,
                reader.IsDBNull(next + 3) ? null : reader.GetString(next + 3)
            );
        }
        catch (Exception exception) when (UnreadableRow.Is(exception))
        {
            throw UnreadableRow.Of(plan, isKeyRead ? key : null, at.Column ?? string.Empty, at.What, exception);
        }
    }

    private long? ReadExpiry(SqliteDataReader reader, int ordinal)
    {
        if (reader.IsDBNull(ordinal))
        {
            return null;
        }

        if (text.ExpiryIsTime)
        {
            return ToMicros(reader.GetString(ordinal));
        }

        SqliteNumber.Check(reader, ordinal, ColumnKind.LongInteger, plan.Expiry!);
        return reader.GetInt64(ordinal);
    }

    private static object? Read(SqliteDataReader reader, int ordinal, ColumnMapping column)
    {
        SqliteNumber.Check(reader, ordinal, column.Kind, column.Name);
        return ColumnReader.Read(reader, ordinal, column.Kind);
    }

    private List<int> Save(SqliteConnection connection, TableBatch batch, CancellationToken cancellationToken)
    {
        // A saved batch survives a power cut, on connections of others, too; within a transaction the setting would have no effect.
        if (connection is not SqliteSession)
        {
            using var synchronous = Command(connection, "PRAGMA synchronous=FULL; PRAGMA fullfsync=1", transaction: null);
            synchronous.ExecuteNonQuery();
        }

        using var transaction = connection.BeginTransaction(deferred: false);
        var leftAlone = new List<int>();
        using var upsert = Command(connection, text.Upsert, transaction);
        using var delete = Command(connection, text.Delete, transaction);
        using var tombstone = text.Tombstone is null ? null : Command(connection, text.Tombstone, transaction);
        foreach (var write in batch.Writes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SqliteTurns.Before(write.Index, batch.HasTime);
            if (!Execute(upsert, write, batch.Now))
            {
                leftAlone.Add(write.Index);
            }
        }

        foreach (var write in batch.Deletes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SqliteTurns.Before(write.Index, batch.HasTime);
            if (!Execute(delete, write, batch.Now) && (tombstone is null || !Execute(tombstone, write, batch.Now)))
            {
                leftAlone.Add(write.Index);
            }
        }

        if (SqliteTriggers.Any(connection, plan.Table))
        {
            CheckVersions(connection, batch, leftAlone);
        }

        transaction.Commit();
        if (SqliteFile.HasMoved(connection))
        {
            // A pool of the driver's would hand it out again.
            SqliteConnection.ClearPool(connection);
            throw new SqliteFileMovedException();
        }

        return leftAlone;
    }

    /// <remarks>A trigger runs behind the statement, where RETURNING does not see what it did.</remarks>
    private void CheckVersions(SqliteConnection connection, TableBatch batch, List<int> leftAlone)
    {
        var changed = batch
            .Writes.Concat(plan.SoftDelete is null ? [] : batch.Deletes)
            .Where(write => !leftAlone.Contains(write.Index))
            .ToArray();
        if (changed.Length == 0)
        {
            return;
        }

        var versions = Versions(connection, [.. changed.Select(static write => write.Key)]);
        foreach (var write in changed)
        {
            var key = KeyText.Join(write.Key);
            if (!versions.TryGetValue(key, out var version))
            {
                throw VersionCheck.Held(key, write.Version, found: 0);
            }

            if (version != write.Version)
            {
                throw VersionCheck.Changed(plan.Table.ToString(), key, write.Version, version);
            }
        }
    }

    private bool Execute(SqliteCommand command, TableWrite write, long now)
    {
        Bind(command, write, now);
        try
        {
            return command.ExecuteNonQuery() > 0;
        }
        catch (SqliteException exception) when (SqliteRowException.Is(exception, command.Connection!.Handle!, command.CommandText))
        {
            throw new SqliteRowException(exception);
        }
    }

    private void Bind(SqliteCommand command, TableWrite write, long now)
    {
        for (var i = 0; i < write.Key.Length; i++)
        {
            Set(command, $"$k{i}", write.Key[i]);
        }

        for (var i = 0; i < write.Values.Length; i++)
        {
            if (write.Values[i] is decimal number && text.IsNumeric(plan.Values[i].Name) && !SqliteAffinity.Keeps(number))
            {
                throw new StoreException(
                    $"The column {plan.Values[i]} keeps 15 digits of a number, and this one has more: declared TEXT it would keep all.",
                    isTransient: false
                )
                {
                    BlamesRow = true,
                };
            }

            Set(command, $"$v{i}", write.Values[i]);
        }

        Set(command, SqliteTableText.Version, write.Version);
        Set(command, SqliteTableText.Now, text.UpdatedIsTime ? ToText(now) : now);
        if (text.DeletedIsTime)
        {
            Set(command, "$deleted", ToText(now));
        }

        if (plan.Expiry is not null)
        {
            Set(command, SqliteTableText.Expiry, write.ExpiresAt is { } expires && text.ExpiryIsTime ? ToText(expires) : write.ExpiresAt);
        }

        if (plan.ContentType is not null)
        {
            Set(command, SqliteTableText.ContentType, write.ContentType);
        }
    }

    private static void Set(SqliteCommand command, string name, object? value)
    {
        var index = command.Parameters.IndexOf(name);
        if (index < 0)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }
        else
        {
            command.Parameters[index].Value = value ?? DBNull.Value;
        }
    }

    private static SqliteCommand Command(DbConnection connection, string sql, SqliteTransaction? transaction)
    {
        var command = ((SqliteConnection)connection).CreateCommand();
        command.CommandText = sql;
        if (transaction is not null)
        {
            command.Transaction = transaction;
        }

        return command;
    }

    private static TResult Guard<TResult>(DbConnection connection, Func<TResult> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException exception) when (connection is SqliteSession session && SqliteFailures.MayBreakConnection(exception))
        {
            SqliteFailures.NoteCause(exception, session);
            session.IsBroken = true;
            throw;
        }
    }

    private static string ToJson(IReadOnlyList<object?[]> keys)
    {
        var buffer = new ArrayBufferWriter<byte>(64 * (keys.Count + 1));
        using var writer = new Utf8JsonWriter(buffer, _json);
        writer.WriteStartArray();
        foreach (var key in keys)
        {
            writer.WriteStartArray();
            foreach (var part in key)
            {
                Write(writer, part);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <remarks>As the driver binds them as parameters.</remarks>
    private static void Write(Utf8JsonWriter writer, object? part)
    {
        switch (part)
        {
            case string value:
                writer.WriteStringValue(value);
                break;
            case bool value:
                writer.WriteNumberValue(value ? 1 : 0);
                break;
            case Guid value:
                writer.WriteStringValue(value.ToString().ToUpperInvariant());
                break;
            case DateOnly value:
                writer.WriteStringValue(value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                break;
            default:
                writer.WriteNumberValue(Convert.ToInt64(part, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static string ToText(long micros) =>
        DateTime
            .UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond)
            .ToString("yyyy-MM-dd HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture);

    private static long ToMicros(string time) =>
        (DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) - DateTimeOffset.UnixEpoch).Ticks
        / TimeSpan.TicksPerMicrosecond;
}

using System.Data.Common;
using Remanso.Sql;
using Remanso.Sql.Inspection;
using Remanso.Stores;

namespace Remanso.MySql;

/// <summary>Makes the table, or looks whether the one that is there keeps the guard's promise.</summary>
internal sealed class MySqlTable(string description, MySqlStatements statements)
{
    private const string PrimaryKey = "PRIMARY";

    private readonly Parts _rows = new(
        statements.Name,
        statements.TableName,
        statements.Engine,
        statements.Table,
        statements.Probe,
        statements.UniqueKeys,
        ["cache", "key"]
    );
    private readonly Parts _history = new(
        HistoryRows.TableOf(statements.Name),
        statements.HistoryName,
        statements.HistoryEngine,
        statements.History,
        statements.ProbeHistory,
        statements.HistoryUniqueKeys,
        ["cache", "key", "version"]
    );

    /// <returns>As <see cref="MySqlSchema.CheckAsync"/>.</returns>
    /// <exception cref="StoreException">A table that is there can't be used.</exception>
    public async Task<string?> CreateOrCheckAsync(DbConnection connection, bool withHistory)
    {
        var index = await CreateOrCheckAsync(connection, _rows).ConfigureAwait(false);
        if (withHistory)
        {
            await CreateOrCheckAsync(connection, _history).ConfigureAwait(false);
        }

        return index;
    }

    /// <summary>Looks at a table, and makes none.</summary>
    /// <exception cref="StoreException">It can't be used.</exception>
    public async Task<TableState> CheckAsync(DbConnection connection, bool isHistory)
    {
        var table = isHistory ? _history : _rows;
        if (await EngineAsync(connection, table).ConfigureAwait(false) is not { } engine)
        {
            return new TableState(IsThere: false);
        }

        return new TableState(IsThere: true, await CheckAsync(connection, table, engine).ConfigureAwait(false));
    }

    private async Task<string?> CreateOrCheckAsync(DbConnection connection, Parts table)
    {
        var engine = await EngineAsync(connection, table).ConfigureAwait(false);
        if (engine is null)
        {
            // Asked first because an account that may use the table need not be allowed to create one.
            await ExecuteAsync(connection, table.Create).ConfigureAwait(false);
            engine = await EngineAsync(connection, table).ConfigureAwait(false);
        }

        return await CheckAsync(connection, table, engine).ConfigureAwait(false);
    }

    private async Task<string?> CheckAsync(DbConnection connection, Parts table, string? engine)
    {
        if (!string.Equals(engine, "InnoDB", StringComparison.OrdinalIgnoreCase))
        {
            throw Unusable(table, $"is kept by the engine {engine}, which can't save a batch as a whole; use InnoDB");
        }

        await CheckKeysAsync(connection, table).ConfigureAwait(false);
        var index = await MySqlSchema.CheckAsync(connection, table.Sql, table.Key.Length == 3, description).ConfigureAwait(false);
        await ExecuteAsync(connection, table.Probe).ConfigureAwait(false);
        return index;
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        await using var _ = command.ConfigureAwait(false);
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private static async Task<string?> EngineAsync(DbConnection connection, Parts table)
    {
        var command = connection.CreateCommand();
        await using var _ = command.ConfigureAwait(false);
        command.CommandText = table.Engine;
        return await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false) as string;
    }

    /// <remarks>ON DUPLICATE KEY UPDATE takes a duplicate of any unique key for the row to change: with a second one,
    /// it would change another key's row.</remarks>
    private async Task CheckKeysAsync(DbConnection connection, Parts table)
    {
        var keys = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        var command = connection.CreateCommand();
        await using var _ = command.ConfigureAwait(false);
        command.CommandText = table.UniqueKeys;
        var reader = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var (name, column, part) = (reader.GetOrdinal("Key_name"), reader.GetOrdinal("Column_name"), reader.GetOrdinal("Sub_part"));
            while (await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                var columns = keys.TryGetValue(reader.GetString(name), out var known) ? known : keys[reader.GetString(name)] = [];
                columns.Add(
                    reader.IsDBNull(column)
                        ? "(expression)"
                        : reader.GetString(column) + (reader.IsDBNull(part) ? string.Empty : "(prefix)")
                );
            }
        }

        if (keys.Keys.FirstOrDefault(static key => key != PrimaryKey) is { } second)
        {
            throw Unusable(
                table,
                $"has a second unique key, {second}: a save could change the row of another key; drop it, or make it an "
                    + "index that is not unique"
            );
        }

        if (!keys.TryGetValue(PrimaryKey, out var primary) || !primary.SequenceEqual(table.Key, StringComparer.OrdinalIgnoreCase))
        {
            var key = string.Join(", ", table.Key.Select(static column => column == "key" ? "`key`" : column));
            throw Unusable(table, $"must have the primary key ({key}), its columns whole");
        }
    }

    private StoreException Unusable(Parts table, string why) => new($"The table {table.Name} of {description} {why}.", isTransient: false);

    /// <summary>What is to be known of one table.</summary>
    private sealed record Parts(SqlTableName Sql, string Name, string Engine, string Create, string Probe, string UniqueKeys, string[] Key);
}

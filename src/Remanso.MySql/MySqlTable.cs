using System.Data.Common;
using Remanso.Stores;

namespace Remanso.MySql;

/// <summary>Makes the table, or looks whether the one that is there keeps the guard's promise.</summary>
internal sealed class MySqlTable(string description, MySqlStatements statements)
{
    private const string PrimaryKey = "PRIMARY";

    private static readonly string[] _keyColumns = ["cache", "key"];

    /// <exception cref="StoreException">The table that is there can't be used.</exception>
    public async Task CreateOrCheckAsync(DbConnection connection)
    {
        var engine = await EngineAsync(connection).ConfigureAwait(false);
        if (engine is null)
        {
            // Asked first because an account that may use the table need not be allowed to create one.
            await ExecuteAsync(connection, statements.Table).ConfigureAwait(false);
            engine = await EngineAsync(connection).ConfigureAwait(false);
        }

        if (!string.Equals(engine, "InnoDB", StringComparison.OrdinalIgnoreCase))
            throw Unusable($"is kept by the engine {engine}, which can't save a batch as a whole; use InnoDB");

        await ExecuteAsync(connection, statements.Probe).ConfigureAwait(false);
        await CheckKeysAsync(connection).ConfigureAwait(false);
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        await using var _ = command.ConfigureAwait(false);
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<string?> EngineAsync(DbConnection connection)
    {
        var command = connection.CreateCommand();
        await using var _ = command.ConfigureAwait(false);
        command.CommandText = statements.Engine;
        return await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false) as string;
    }

    /// <remarks>ON DUPLICATE KEY UPDATE takes a duplicate of any unique key for the row to change: with a second one, it would change another key's row.</remarks>
    private async Task CheckKeysAsync(DbConnection connection)
    {
        var keys = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        var command = connection.CreateCommand();
        await using var _ = command.ConfigureAwait(false);
        command.CommandText = statements.UniqueKeys;
        var reader = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var (name, column, part) = (reader.GetOrdinal("Key_name"), reader.GetOrdinal("Column_name"), reader.GetOrdinal("Sub_part"));
            while (await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                var columns = keys.TryGetValue(reader.GetString(name), out var known) ? known : keys[reader.GetString(name)] = [];
                columns.Add(reader.IsDBNull(column) ? "(expression)" : reader.GetString(column) + (reader.IsDBNull(part) ? string.Empty : "(prefix)"));
            }
        }

        if (keys.Keys.FirstOrDefault(static key => key != PrimaryKey) is { } second)
            throw Unusable($"has a second unique key, {second}: a save could change the row of another key; drop it, or make it an index that is not unique");
        if (!keys.TryGetValue(PrimaryKey, out var primary) || !primary.SequenceEqual(_keyColumns, StringComparer.OrdinalIgnoreCase))
            throw Unusable("must have the primary key (cache, `key`), both columns whole");
    }

    private StoreException Unusable(string why) => new($"The table {statements.TableName} of {description} {why}.", isTransient: false);
}

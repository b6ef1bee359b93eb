using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Remanso.Postgres.Tables;

/// <summary>Warns, once, of tables that PostgreSQL empties after a crash: what is told as stored is gone then.</summary>
/// <param name="description">The database, for messages.</param>
/// <param name="logger">Where to say so.</param>
internal sealed class UnloggedTables(string description, ILogger logger)
{
    // A table made of partitions keeps no rows itself.
    private const string Sql = """
        SELECT c.oid::regclass::text FROM pg_class c
        WHERE c.relpersistence = 'u' AND c.relkind = 'r'
        AND (c.oid = to_regclass($1) OR c.oid IN (SELECT relid FROM pg_partition_tree(to_regclass($1))))
        ORDER BY 1 LIMIT 1
        """;

    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);

    /// <summary>Looks at a table.</summary>
    /// <param name="connection">A connection.</param>
    /// <param name="table">Its name, quoted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask LookAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(Sql, connection);
        await using var _ = command.ConfigureAwait(false);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = table });
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string name && _told.TryAdd(name, true))
        {
            logger.TableUnlogged(name, description);
        }
    }
}

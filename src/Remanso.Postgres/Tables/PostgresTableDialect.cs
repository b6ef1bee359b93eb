using System.Data.Common;
using Microsoft.Extensions.Logging;
using Npgsql;
using Remanso.Sql;
using Remanso.Sql.Tables;

namespace Remanso.Postgres.Tables;

/// <summary>PostgreSQL for mapped tables; on connections of any origin.</summary>
/// <param name="description">The database, for messages.</param>
/// <param name="preparation">Prepares statements on the server.</param>
/// <param name="reset">When their pool is emptied.</param>
/// <param name="logger">Where to say that a table is emptied by a crash.</param>
/// <param name="connections">Where they come from; null where that is another's.</param>
internal sealed class PostgresTableDialect(
    string description,
    PostgresPreparation preparation,
    PoolReset reset,
    ILogger logger,
    NpgsqlDataSource? connections = null
) : ITableDialect
{
    private readonly UnloggedTables _unlogged = new(description, logger);

    public string Engine => "PostgreSQL";

    public bool BlocksThread => false;

    public bool Speaks(DbConnection connection) => connection is NpgsqlConnection;

    public string? Identify(DbConnection connection)
    {
        try
        {
            return PostgresAddress.Parse(connection.ConnectionString).ToString();
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public async ValueTask<TableShape?> DescribeAsync(DbConnection connection, TableName table, CancellationToken cancellationToken)
    {
        var postgres = (NpgsqlConnection)connection;
        var shape = await PostgresTableSchema.DescribeAsync(postgres, table, cancellationToken).ConfigureAwait(false);
        await _unlogged.LookAsync(postgres, table.Quote('"'), cancellationToken).ConfigureAwait(false);
        return shape;
    }

    public IEnumerable<string> Objections(TablePlan plan, TableShape shape)
    {
        foreach (var key in plan.Keys)
        {
            var column = shape.Columns[key.Name];
            if (!FitsKey(key.Kind, column.DatabaseType))
            {
                yield return $"the key column {key} is {column.DatabaseType}, in which two keys of the cache could be one "
                    + $"row; {KeyTypes(key.Kind)} is what it can be.";
            }

            if (column.Collation == PostgresTableSchema.Nondeterministic)
            {
                yield return $"the key column {key} has a nondeterministic collation, so two keys of the cache could be one row.";
            }
        }

        foreach (var column in plan.Values.Where(column => PostgresColumnForm.Alters(column.Kind, shape.Columns[column.Name].DatabaseType)))
        {
            yield return PostgresColumnForm.Misfit(column, shape.Columns[column.Name].DatabaseType);
        }

        if (
            !shape.UniqueIndexes.Any(index =>
                index.IsExact && index.Columns.Count == plan.Keys.Count && index.Columns.All(name => plan.Keys.Any(key => key.Name == name))
            )
        )
        {
            yield return "the unique index on its key has a nondeterministic collation, so two keys of the cache could be one row; "
                + $"add another: {AddUniqueKey(plan.Table, [.. plan.Keys.Select(static key => key.Name)])}";
        }

        if (shape.Columns[plan.Version].DatabaseType != "bigint")
        {
            yield return $"the version column {plan.Version} is {shape.Columns[plan.Version].DatabaseType}; it must be bigint.";
        }

        if (plan.SoftDelete is { } deleted)
        {
            var column = shape.Columns[deleted];
            if (!PostgresColumnForm.IsMark(column.DatabaseType))
            {
                yield return $"the column {deleted} is {column.DatabaseType}; a mark of deletion is boolean, an integer or a timestamp.";
            }

            if (PostgresColumnForm.IsTime(column.DatabaseType) && !column.IsNullable)
            {
                yield return $"the column {deleted} holds the time of the deletion, so it must take NULL.";
            }
        }

        foreach (var time in new[] { plan.Expiry, plan.UpdatedAt }.OfType<string>())
        {
            if (shape.Columns[time].DatabaseType is var type && type != "bigint" && !PostgresColumnForm.IsTime(type))
            {
                yield return $"the column {time} is {type}; a time is timestamptz, timestamp, or bigint for microseconds.";
            }
        }
    }

    public string AddVersionColumn(TableName table, string column) =>
        $"ALTER TABLE {table.Quote('"')} ADD COLUMN {TableName.Quote(column, '"')} bigint NOT NULL DEFAULT 0;";

    public string AddUniqueKey(TableName table, IReadOnlyList<string> columns) =>
        $"CREATE UNIQUE INDEX ON {table.Quote('"')} ({string.Join(", ", columns.Select(static column => TableName.Quote(column, '"')))});";

    public string? WhyNotKept(object value, TableColumn? column) =>
        column is null ? null : PostgresColumnForm.WhyNotKept(value, column.DatabaseType);

    public ITableStatements Compile(TablePlan plan, TableShape shape) =>
        new PostgresTableStatements(plan, shape, new PostgresTableText(plan, shape), preparation);

    public SqlFailure Explain(Exception exception) => PostgresFailures.Explain(exception, description);

    public bool TryRenew(TableConnection connection, Exception exception)
    {
        if (!PostgresFailures.IsOfConnection(exception))
        {
            return false;
        }

        if (PostgresFailures.IsReadOnly(exception) && !reset.TryBegin(connection.Connection, connection.Source))
        {
            return true;
        }

        // Its siblings in the pool most likely share its fate.
        if ((connections ?? connection.Source as NpgsqlDataSource) is { } source)
        {
            source.Clear();
        }
        else
        {
            // It finds the pool of a connection string, and not that of a data source.
            NpgsqlConnection.ClearPool((NpgsqlConnection)connection.Connection);
        }

        return true;
    }

    private static bool FitsKey(ColumnKind kind, string type) =>
        kind switch
        {
            ColumnKind.Text => type is "text" or "character varying"
                || type.StartsWith(PostgresTableSchema.EnumMark, StringComparison.Ordinal),
            ColumnKind.Uuid => type == "uuid",
            ColumnKind.Boolean => type == "boolean",
            ColumnKind.Date => type == "date",
            _ => type is "smallint" or "integer" or "bigint",
        };

    private static string KeyTypes(ColumnKind kind) =>
        kind switch
        {
            ColumnKind.Text => "text, varchar or an enum",
            ColumnKind.Uuid => "uuid",
            ColumnKind.Boolean => "boolean",
            ColumnKind.Date => "date",
            _ => "smallint, integer or bigint",
        };
}

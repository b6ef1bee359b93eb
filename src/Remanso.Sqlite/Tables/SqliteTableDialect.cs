using System.Data.Common;
using Microsoft.Data.Sqlite;
using Remanso.Sql;
using Remanso.Sql.Tables;

namespace Remanso.Sqlite.Tables;

/// <summary>SQLite for mapped tables; on connections of any origin.</summary>
/// <param name="address">The database, for messages; null where the connections come from elsewhere.</param>
internal sealed class SqliteTableDialect(SqliteAddress? address) : ITableDialect
{
    /// <summary>2^53: up to it a double is every whole number.</summary>
    private const long MostWhole = 1L << 53;

    public string Engine => "SQLite";

    public bool BlocksThread => true;

    public bool Speaks(DbConnection connection) => connection is SqliteConnection;

    public string? Identify(DbConnection connection)
    {
        try
        {
            return SqliteAddress.Parse(connection.ConnectionString).ToString();
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            return null;
        }
    }

    public ValueTask<TableShape?> DescribeAsync(DbConnection connection, TableName table, CancellationToken cancellationToken) =>
        ValueTask.FromResult(SqliteTableSchema.Describe((SqliteConnection)connection, table));

    public IEnumerable<string> Objections(TablePlan plan, TableShape shape)
    {
        foreach (var key in plan.Keys.Where(static key => key.Kind == ColumnKind.Text))
        {
            var column = shape.Columns[key.Name];
            if (column.Collation is { } collation && !collation.Equals("BINARY", StringComparison.OrdinalIgnoreCase))
            {
                yield return $"the key column {key} compares by {collation}, so two keys of the cache would be one row; it "
                    + "must compare by BINARY.";
            }
        }

        foreach (var key in plan.Keys.Where(static key => key.Kind is ColumnKind.LongInteger or ColumnKind.Number))
        {
            if (SqliteAffinity.Of(shape.Columns[key.Name].DatabaseType) == SqliteAffinity.Real)
            {
                yield return $"the key column {key} is declared {shape.Columns[key.Name].DatabaseType}, which rounds numbers beyond 2^53, "
                    + "so two keys of the cache would be one row; it must be INTEGER.";
            }
        }

        foreach (var text in plan.Keys.Concat(plan.Values).Where(static column => column.Kind == ColumnKind.Text))
        {
            var type = shape.Columns[text.Name].DatabaseType;
            if (SqliteAffinity.IsNumeric(type))
            {
                yield return $"the column {text} is declared {type}, which would turn text such as 007 into a number; it must be TEXT.";
            }
        }

        foreach (var number in plan.Keys.Concat(plan.Values).Where(static column => SqliteNumber.Is(column.Kind)))
        {
            var type = shape.Columns[number.Name].DatabaseType;
            if (SqliteAffinity.Of(type) == SqliteAffinity.Text)
            {
                yield return $"the column {number} is declared {type}, and a text that is no number would be read as 0; it must be "
                    + $"{SqliteNumber.Type(number.Kind)}, or be mapped as a text (an enum by ColumnAsText).";
            }
        }

        if (SqliteAffinity.Of(shape.Columns[plan.Version].DatabaseType) is SqliteAffinity.Text or SqliteAffinity.Real)
        {
            yield return $"the version column {plan.Version} must be INTEGER.";
        }

        if (
            plan.SoftDelete is { } deleted
            && SqliteAffinity.IsTime(shape.Columns[deleted].DatabaseType)
            && !shape.Columns[deleted].IsNullable
        )
        {
            yield return $"the column {deleted} holds the time of the deletion, so it must take NULL.";
        }
    }

    /// <remarks>SQLite would make NULL of what is no number, and round what is no double.</remarks>
    public string? WhyNotKept(object value, TableColumn? column) =>
        value switch
        {
            double.NaN or float.NaN => "can't hold NaN, which SQLite does not have",
            long
            and (< -MostWhole or > MostWhole) when column is not null && SqliteAffinity.Of(column.DatabaseType) == SqliteAffinity.Real =>
                $"is {column.DatabaseType}, which rounds whole numbers beyond 2^53; INTEGER holds all",
            _ => null,
        };

    public string AddVersionColumn(TableName table, string column) =>
        $"ALTER TABLE {table.Quote('"')} ADD COLUMN {TableName.Quote(column, '"')} INTEGER NOT NULL DEFAULT 0;";

    public string AddUniqueKey(TableName table, IReadOnlyList<string> columns) =>
        $"CREATE UNIQUE INDEX {new TableName($"{table.Name}_key", table.Schema).Quote('"')} ON {TableName.Quote(table.Name, '"')} "
        + $"({string.Join(", ", columns.Select(static column => TableName.Quote(column, '"')))});";

    public ITableStatements Compile(TablePlan plan, TableShape shape) => new SqliteTableStatements(plan, new SqliteTableText(plan, shape));

    public SqlFailure Explain(Exception exception) =>
        SqliteFailures.Explain(exception, address?.ToString() ?? "The SQLite database", address?.Path);
}

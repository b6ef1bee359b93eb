using System.Data.Common;
using System.Globalization;
using Remanso.Sql;
using Remanso.Sql.Tables;

namespace Remanso.MySql.Tables;

/// <summary>MySQL and MariaDB for mapped tables; on connections of any origin.</summary>
/// <param name="description">The database, for messages.</param>
/// <param name="blocksThread">Whether the driver works on the calling thread.</param>
/// <param name="time">The clock of the limit of calls on connections of others.</param>
/// <param name="reset">When their pool is emptied.</param>
internal sealed class MySqlTableDialect(string description, bool blocksThread, TimeProvider time, PoolReset reset) : ITableDialect
{
    private static readonly string[] _drivers = ["MySqlConnector.MySqlConnection", "MySql.Data.MySqlClient.MySqlConnection"];

    private static readonly TimeSpan _longestTime = TimeSpan.FromHours(839);
    private static readonly DateTime _firstTimestamp = DateTime.UnixEpoch.AddSeconds(1);

    public string Engine => "MySQL";

    public bool BlocksThread => blocksThread;

    public bool Speaks(DbConnection connection) =>
        connection is MySqlSession || _drivers.Contains(connection.GetType().FullName, StringComparer.Ordinal);

    public string? Identify(DbConnection connection) => MySqlConnectionString.TryRead(connection.ConnectionString)?.ToString();

    /// <remarks>A connection of others gets the limit that it has itself; 0 is none.</remarks>
    public TableConnection Adopt(TableConnection connection, ITableConnections connections)
    {
        if (connection.Connection is MySqlSession)
        {
            return connection;
        }

        using var command = connection.Connection.CreateCommand();
        var session = new MySqlSession(
            connection,
            () => connections.OpenAsync(forWrites: false, CancellationToken.None),
            command.CommandTimeout > 0 ? TimeSpan.FromSeconds(command.CommandTimeout) : Timeout.InfiniteTimeSpan,
            time
        );
        return new TableConnection(session, session, connection.Source);
    }

    public async ValueTask<TableShape?> DescribeAsync(DbConnection connection, TableName table, CancellationToken cancellationToken) =>
        await MySqlCalls
            .RunAsync(connection, (mysql, stop) => MySqlTableSchema.DescribeAsync(mysql, table, stop), cancellationToken)
            .ConfigureAwait(false);

    public IEnumerable<string> Objections(TablePlan plan, TableShape shape)
    {
        if (!string.Equals(shape.Storage, "InnoDB", StringComparison.OrdinalIgnoreCase))
        {
            yield return $"it is kept by {shape.Storage}, which can't save a batch as a whole; the engine must be InnoDB.";
        }

        foreach (var column in plan.Keys.Concat(plan.Values))
        {
            var type = TypeOf(shape, column.Name);
            if (!MySqlColumnType.Fits(column.Kind, type))
            {
                yield return $"the column {column} is {type}; {MySqlColumnType.Fitting(column.Kind)} is what it can be.";
            }
        }

        foreach (
            var key in plan.Keys.Where(key => key.Kind == ColumnKind.Text && !MySqlColumnType.ComparesExactly(shape.Columns[key.Name]))
        )
        {
            var compared = shape.Columns[key.Name].Collation is { } collation ? $" compared by {collation}" : string.Empty;
            yield return $"the key column {key} is {TypeOf(shape, key.Name)}{compared}, in which two keys of the cache could be one "
                + "row; it can be varbinary, or varchar with a collation such as utf8mb4_bin.";
        }

        var texts = plan
            .Keys.Concat(plan.Values)
            .Where(static column => column.Kind == ColumnKind.Text)
            .Select(static column => column.Name)
            .Concat(plan.ContentType is { } content ? [content] : []);
        foreach (var column in texts.Select(name => shape.Columns[name]))
        {
            var type = MySqlColumnType.Plain(column.DatabaseType);
            if (!MySqlColumnType.Fits(ColumnKind.Text, type))
            {
                yield return $"the column {column.Name} is {type}; {MySqlColumnType.Fitting(ColumnKind.Text)} is what it can be.";
            }
            else if (MySqlColumnType.CharacterSet(column) is { } set and not "utf8mb4")
            {
                yield return $"the column {column.Name} has the character set {set}, which lacks characters that a text may "
                    + "have; it must be utf8mb4.";
            }
        }

        foreach (var objection in OwnColumns(plan, shape))
        {
            yield return objection;
        }
    }

    public string? WhyNotKept(object value, TableColumn? column) =>
        value switch
        {
            double number when !double.IsFinite(number) => Lacks(number),
            float number when !float.IsFinite(number) => Lacks(number),
            decimal number when !decimal.IsInteger(number) && column is not null && MySqlColumnType.IsInteger(Plain(column)) =>
                $"is {Plain(column)}, which holds whole numbers alone",
            TimeSpan span when span.Duration() >= _longestTime => "is time, which holds less than 839 hours",
            DateTime
            or DateTimeOffset
                when column is not null
                    && Plain(column) == MySqlColumnType.Timestamp
                    && MySqlLiteral.Moment(value, MySqlColumnType.Timestamp) < _firstTimestamp => "is timestamp, which begins in 1970",
            " " when column is not null && Plain(column) == "char" =>
                "is char, which drops blanks at the end: nothing would be left of one",
            _ => null,
        };

    private static string Lacks(double number) =>
        string.Create(CultureInfo.InvariantCulture, $"can't hold {number}, which MySQL does not have");

    private static string Plain(TableColumn column) => MySqlColumnType.Plain(column.DatabaseType);

    public string AddVersionColumn(TableName table, string column) =>
        $"ALTER TABLE {table.Quote('`')} ADD COLUMN {TableName.Quote(column, '`')} BIGINT NOT NULL DEFAULT 0;";

    public string AddUniqueKey(TableName table, IReadOnlyList<string> columns) =>
        $"CREATE UNIQUE INDEX {TableName.Quote($"{table.Name}_key", '`')} ON {table.Quote('`')} "
        + $"({string.Join(", ", columns.Select(static column => TableName.Quote(column, '`')))});";

    public ITableStatements Compile(TablePlan plan, TableShape shape) =>
        new MySqlTableStatements(plan, shape, new MySqlTableText(plan, shape), new SaveSession(reset.IsOurs), description);

    public SqlFailure Explain(Exception exception) => MySqlFailures.Explain(exception, description);

    public bool TryRenew(TableConnection connection, Exception exception)
    {
        if (!MySqlFailures.IsOfConnection(exception))
        {
            return false;
        }

        if (!MySqlFailures.IsReadOnly(exception) || reset.TryBegin(connection.Connection, connection.Source))
        {
            MySqlSession.ClearPool(connection.Connection);
        }

        return true;
    }

    private static IEnumerable<string> OwnColumns(TablePlan plan, TableShape shape)
    {
        if (TypeOf(shape, plan.Version) is var version and not "bigint")
        {
            yield return $"the version column {plan.Version} is {version}; it must be bigint.";
        }

        if (plan.SoftDelete is { } deleted)
        {
            var type = TypeOf(shape, deleted);
            if (!MySqlColumnType.IsMark(type))
            {
                yield return $"the column {deleted} is {type}; a mark of deletion is boolean, an integer, bit, datetime or timestamp.";
            }

            if (MySqlColumnType.IsMoment(type) && !shape.Columns[deleted].IsNullable)
            {
                yield return $"the column {deleted} holds the time of the deletion, so it must take NULL.";
            }
        }

        foreach (var time in new[] { plan.Expiry, plan.UpdatedAt }.OfType<string>())
        {
            if (TypeOf(shape, time) is var type && type != "bigint" && !MySqlColumnType.IsMoment(type))
            {
                yield return $"the column {time} is {type}; a time is datetime, timestamp, or bigint for microseconds.";
            }
        }
    }

    private static string TypeOf(TableShape shape, string column) => MySqlColumnType.Plain(shape.Columns[column].DatabaseType);
}

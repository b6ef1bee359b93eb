using System.Data.Common;

namespace Remanso.Sql.Tables;

/// <summary>What differs between SQL engines, for <see cref="TableStore{TKey, TValue}"/>: how a table describes itself,
/// the statements for it, what errors mean.</summary>
internal interface ITableDialect
{
    /// <summary>The engine's name, for people.</summary>
    string Engine { get; }

    /// <summary>Whether the driver works on the calling thread even where its methods are called <c>Async</c>.</summary>
    bool BlocksThread { get; }

    /// <summary>Whether a connection is of this engine.</summary>
    bool Speaks(DbConnection connection);

    /// <summary>What names the database behind a connection of this engine, as the engine's provider names it; opens
    /// nothing. Null where its connection string does not tell.</summary>
    string? Identify(DbConnection connection);

    /// <summary>Makes of an open connection what this dialect works on; the connection itself unless the engine's drivers
    /// need to be kept in time.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="connections">Where it comes from.</param>
    TableConnection Adopt(TableConnection connection, ITableConnections connections) => connection;

    /// <summary>Describes a table; null where there is none of this name.</summary>
    ValueTask<TableShape?> DescribeAsync(DbConnection connection, TableName table, CancellationToken cancellationToken);

    /// <summary>What stands against mapping a plan to its table besides what every engine asks for, each in one
    /// sentence; the columns exist.</summary>
    IEnumerable<string> Objections(TablePlan plan, TableShape shape);

    /// <summary>The statement that gives a table a column for versions.</summary>
    string AddVersionColumn(TableName table, string column);

    /// <summary>The statement that makes the key of a table unique.</summary>
    string AddUniqueKey(TableName table, IReadOnlyList<string> columns);

    /// <summary>What a column would make something else of without an error: the reason, behind "the column n"; null
    /// where it keeps the value, or refuses it itself.</summary>
    /// <param name="value">The value, in the type of its <see cref="ColumnKind"/>.</param>
    /// <param name="column">The column; null until the table is described.</param>
    string? WhyNotKept(object value, TableColumn? column) => null;

    /// <summary>Makes the statements for a table.</summary>
    ITableStatements Compile(TablePlan plan, TableShape shape);

    /// <summary>Says what an exception means that came out of this dialect or its connections.</summary>
    SqlFailure Explain(Exception exception);

    /// <summary>Whether an error is one of this connection alone; as <see cref="ISqlDialect.TryRenew"/>.</summary>
    /// <param name="connection">The connection on which it happened.</param>
    /// <param name="exception">The error.</param>
    bool TryRenew(TableConnection connection, Exception exception) => false;
}

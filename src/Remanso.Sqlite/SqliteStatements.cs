using Remanso.Sql;

namespace Remanso.Sqlite;

/// <summary>The texts of the statements, for one table.</summary>
internal sealed class SqliteStatements(SqlTableName table)
{
    /// <summary>The table's name.</summary>
    public SqlTableName Name { get; } = table;

    public string Table { get; } =
        Read("table", table)
            .Replace("{index}", table.WithSuffix("_gone").Quote('"'), StringComparison.Ordinal)
            .Replace("{unqualified}", table.QuoteName('"'), StringComparison.Ordinal);

    /// <summary>Makes the history.</summary>
    public string History { get; } = ReadHistory("history", table);

    /// <summary>Adds a version to it.</summary>
    public string Append { get; } = ReadHistory("append", table);

    /// <summary>Reads the last versions of a key from it.</summary>
    public string ReadVersions { get; } = ReadHistory("read-history", table);

    public string Purge { get; } = Read("purge", table);

    public string Upsert { get; } = Read("upsert", table);

    public string Load { get; } = Read("load", table);

    public string Versions { get; } = Read("versions", table);

    private static string ReadHistory(string name, SqlTableName table) =>
        Read(name, table).Replace("{history}", HistoryRows.TableOf(table).Quote('"'), StringComparison.Ordinal);

    private static string Read(string name, SqlTableName table) => SqlText.Read(typeof(SqliteStatements).Assembly, name, table.Quote('"'));
}

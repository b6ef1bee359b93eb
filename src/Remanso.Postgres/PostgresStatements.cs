using Remanso.Sql;

namespace Remanso.Postgres;

/// <summary>The texts of the statements, for one table.</summary>
internal sealed class PostgresStatements(SqlTableName table)
{
    /// <summary>The table's name.</summary>
    public SqlTableName Name { get; } = table;

    /// <summary>The table's name as PostgreSQL reads it, quoted.</summary>
    public string TableName { get; } = table.Quote('"');

    /// <summary>The name of the history's table, quoted.</summary>
    public string HistoryName { get; } = HistoryRows.TableOf(table).Quote('"');

    /// <summary>Makes the history.</summary>
    public string History { get; } = ReadHistory("history", table);

    public string ProbeHistory { get; } = ReadHistory("probe-history", table);

    /// <summary>Adds versions to it.</summary>
    public string Append { get; } = ReadHistory("append", table);

    /// <summary>Reads the last versions of a key from it.</summary>
    public string ReadVersions { get; } = ReadHistory("read-history", table);

    public string Table { get; } =
        Read("table", table).Replace("{index}", table.WithSuffix("_gone").QuoteName('"'), StringComparison.Ordinal);

    public string Clock { get; } = Read("clock", table);

    public string Purge { get; } = Read("purge", table);

    public string Probe { get; } = Read("probe", table);

    /// <summary>Saves rows.</summary>
    public string Upsert { get; } = ReadUpsert("rows", table);

    /// <summary>Saves rows of one content type of which none is deleted or has a lifetime.</summary>
    public string UpsertAlike { get; } = ReadUpsert("rows-alike", table);

    public string Load { get; } = Read("load", table);

    public string Versions { get; } = Read("versions", table);

    /// <summary>Makes the triggers that tell of changes by others.</summary>
    public string Notify { get; } = Read("notify", table).Replace("{function}", FunctionOf(table), StringComparison.Ordinal);

    // Beside the table: a schema on the search path may be nobody's to create in.
    private static string FunctionOf(SqlTableName table)
    {
        var name = table.Quote('"');
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? "remanso_tell" : name[..dot] + ".remanso_tell";
    }

    private static string ReadUpsert(string rows, SqlTableName table) =>
        Read("upsert", table)
            .Replace("{rows}", Read(rows, table), StringComparison.Ordinal)
            .Replace("{bounded}", LockWait.IsBounded, StringComparison.Ordinal);

    private static string ReadHistory(string name, SqlTableName table) =>
        Read(name, table).Replace("{history}", HistoryRows.TableOf(table).Quote('"'), StringComparison.Ordinal);

    private static string Read(string name, SqlTableName table) =>
        SqlText.Read(typeof(PostgresStatements).Assembly, name, table.Quote('"'));
}

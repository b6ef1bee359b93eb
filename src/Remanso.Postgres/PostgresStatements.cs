using Remanso.Sql;

namespace Remanso.Postgres;

/// <summary>The texts of the statements, for one table.</summary>
internal sealed class PostgresStatements(SqlTableName table)
{
    /// <summary>The table's name as PostgreSQL reads it, quoted.</summary>
    public string TableName { get; } = table.Quote('"');

    public string Table { get; } = Read("table", table);

    public string Probe { get; } = Read("probe", table);

    public string Upsert { get; } = Read("upsert", table);

    public string Load { get; } = Read("load", table);

    public string Versions { get; } = Read("versions", table);

    private static string Read(string name, SqlTableName table) =>
        SqlText.Read(typeof(PostgresStatements).Assembly, name, table.Quote('"'));
}

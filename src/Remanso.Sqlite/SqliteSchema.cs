using Microsoft.Data.Sqlite;
using Remanso.Sql;
using Remanso.Sql.Tables;
using Remanso.Sqlite.Tables;
using Remanso.Stores;

namespace Remanso.Sqlite;

/// <summary>Looks at a default table, or its history, before it is trusted.</summary>
internal static class SqliteSchema
{
    private static readonly SchemaColumn[] _columns =
    [
        new("cache", "TEXT", IsNullable: false, IsKey),
        new("key", "TEXT", IsNullable: false, IsKey),
        Of("version", "INTEGER"),
        Of("deleted", "INTEGER"),
        Of("expires_at", "INTEGER", isNullable: true),
        Of("updated_at", "INTEGER"),
        Of("content_type", "TEXT", isNullable: true),
        Of("value", "BLOB", isNullable: true),
    ];

    /// <exception cref="StoreException">The table can't be used.</exception>
    public static void Check(SqliteConnection connection, SqlTableName table, bool isHistory, string where)
    {
        string[] key = isHistory ? ["cache", "key", "version"] : ["cache", "key"];
        if (
            SqliteTableSchema.Describe(connection, table.ToTableName()) is { } shape
            && SchemaCheck.Problem($"{table} of {where}", shape, _columns, key, new Words(table)) is { } problem
        )
        {
            throw new StoreException(problem, isTransient: false);
        }
    }

    private static SchemaColumn Of(string name, string affinity, bool isNullable = false) =>
        new(name, affinity, isNullable, column => SqliteAffinity.Of(column.DatabaseType) == affinity);

    private static bool IsKey(TableColumn column) =>
        SqliteAffinity.Of(column.DatabaseType) == SqliteAffinity.Text
        && (column.Collation is null || column.Collation.Equals("BINARY", StringComparison.OrdinalIgnoreCase));

    /// <remarks>SQLite changes no column: the table steps aside, the next start makes another, and the rows are copied.</remarks>
    private sealed class Words(SqlTableName table) : ISchemaWords
    {
        private string Aside =>
            $"ALTER TABLE {table.Quote('"')} RENAME TO {table.WithSuffix("_old").QuoteName('"')}; (the next start makes the "
            + "table, then copy the rows)";

        public string Add(SchemaColumn column) => Aside;

        public string Retype(SchemaColumn column) => Aside;

        public string AllowNull(TableColumn column) => Aside;

        public string AddKey(IReadOnlyList<string> columns) =>
            $"CREATE UNIQUE INDEX {table.WithSuffix("_key").Quote('"')} ON {table.QuoteName('"')} ({string.Join(", ", columns)});";
    }
}

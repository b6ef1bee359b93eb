using System.Data.Common;
using Remanso.MySql.Tables;
using Remanso.Sql;
using Remanso.Sql.Tables;
using Remanso.Stores;

namespace Remanso.MySql;

/// <summary>Looks at the columns of a default table, or of its history, before it is trusted; engine and keys are
/// <see cref="MySqlTable"/>'s to look at.</summary>
internal static class MySqlSchema
{
    private static readonly SchemaColumn[] _columns =
    [
        new("cache", "VARBINARY(256)", IsNullable: false, IsBinary),
        new("key", "VARBINARY(1024)", IsNullable: false, IsBinary),
        Of("version", "BIGINT"),
        Of("expires_at", "BIGINT", isNullable: true),
        Of("updated_at", "BIGINT"),
        new("deleted", "BOOLEAN", IsNullable: false, static column => MySqlColumnType.IsInteger(Type(column))),
        new("content_type", "BLOB", IsNullable: true, static column => IsBinary(column) || MySqlColumnType.IsText(Type(column))),
        new("value", "LONGBLOB", IsNullable: true, IsBinary),
    ];

    /// <summary>Without <c>gone_at</c> no row is ever purged: <c>CREATE TABLE … SELECT</c>, for one, makes a plain column
    /// of it.</summary>
    private static readonly SchemaColumn[] _rowColumns =
    [
        .. _columns,
        Of("save_id", "BIGINT"),
        new(GoneAt, "BIGINT AS (IF(deleted, updated_at, expires_at)) STORED", IsNullable: true, static column =>
            column.IsGenerated && Type(column) == "bigint"
        ),
    ];

    private const string GoneAt = "gone_at";

    /// <returns>The statement that makes the index by which a purge finds its rows; null where there is one, or no purge.</returns>
    /// <exception cref="StoreException">The table can't be used.</exception>
    public static async Task<string?> CheckAsync(DbConnection mysql, SqlTableName table, bool isHistory, string where)
    {
        string[] key = isHistory ? ["cache", "key", "version"] : ["cache", "key"];
        var shape = await MySqlTableSchema.DescribeAsync(mysql, table.ToTableName(), CancellationToken.None).ConfigureAwait(false);
        if (
            shape is not null
            && SchemaCheck.Problem($"{table} of {where}", shape, isHistory ? _columns : _rowColumns, key, new Words(table.Quote('`')))
                is { } problem
        )
        {
            throw new StoreException(problem, isTransient: false);
        }

        return isHistory || await HasIndexAsync(mysql, table.Quote('`')).ConfigureAwait(false)
            ? null
            : $"ALTER TABLE {table.Quote('`')} ADD KEY (cache, {GoneAt})";
    }

    private static async Task<bool> HasIndexAsync(DbConnection mysql, string table)
    {
        var found = false;
        await MySqlCalls
            .ReadAsync(
                mysql,
                transaction: null,
                $"SHOW INDEX FROM {table} WHERE Column_name = '{GoneAt}'",
                _ => found = true,
                CancellationToken.None
            )
            .ConfigureAwait(false);
        return found;
    }

    private static SchemaColumn Of(string name, string type, bool isNullable = false) =>
        new(name, type, isNullable, column => Type(column).Equals(type, StringComparison.OrdinalIgnoreCase));

    private static bool IsBinary(TableColumn column) => MySqlColumnType.IsBinary(Type(column)) && Type(column) != "binary";

    private static string Type(TableColumn column) => MySqlColumnType.Plain(column.DatabaseType);

    private sealed class Words(string table) : ISchemaWords
    {
        public string Add(SchemaColumn column) => $"ALTER TABLE {table} ADD COLUMN `{column.Name}` {Declare(column)}{IndexOf(column)};";

        public string Retype(SchemaColumn column) =>
            column.Name == GoneAt
                ? $"ALTER TABLE {table} DROP COLUMN {GoneAt}, ADD COLUMN {GoneAt} {Declare(column)}{IndexOf(column)};"
                : $"ALTER TABLE {table} MODIFY COLUMN `{column.Name}` {Declare(column)};";

        public string AllowNull(TableColumn column) =>
            $"ALTER TABLE {table} MODIFY COLUMN {TableName.Quote(column.Name, '`')} {Type(column)} NULL;";

        public string AddKey(IReadOnlyList<string> columns) =>
            $"ALTER TABLE {table} ADD PRIMARY KEY ({string.Join(", ", columns.Select(static column => $"`{column}`"))});";

        // Without a name: what is left of the index may have it.
        private static string IndexOf(SchemaColumn column) => column.Name == GoneAt ? $", ADD KEY (cache, {GoneAt})" : string.Empty;

        private static string Declare(SchemaColumn column) =>
            column.Name == GoneAt ? column.Declaration : column.Declaration + (column.IsNullable ? " NULL" : " NOT NULL");
    }
}

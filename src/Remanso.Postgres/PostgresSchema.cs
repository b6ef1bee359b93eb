using Npgsql;
using Remanso.Postgres.Tables;
using Remanso.Sql;
using Remanso.Sql.Tables;
using Remanso.Stores;

namespace Remanso.Postgres;

/// <summary>Looks at a default table, or its history, before it is trusted.</summary>
internal static class PostgresSchema
{
    private static readonly SchemaColumn[] _columns =
    [
        new("cache", "text", IsNullable: false, IsKey),
        new("key", "text", IsNullable: false, static column => IsKey(column) && column.MaxLength is null or >= MaxKeyLength),
        Of("version", "bigint"),
        Of("expires_at", "bigint", isNullable: true),
        Of("updated_at", "bigint"),
        Of("deleted", "boolean"),
        new("content_type", "text", IsNullable: true, static column => IsText(column.DatabaseType)),
        Of("value", "bytea", isNullable: true),
    ];

    /// <summary>Without it no row is ever purged: <c>CREATE TABLE … LIKE</c>, for one, makes a plain column of it.</summary>
    private static readonly SchemaColumn[] _rowColumns =
    [
        .. _columns,
        new(
            GoneAt,
            "bigint GENERATED ALWAYS AS (CASE WHEN deleted THEN updated_at ELSE expires_at END) STORED",
            IsNullable: true,
            static column => column is { DatabaseType: "bigint", IsGenerated: true }
        ),
    ];

    private const string GoneAt = "gone_at";

    /// <summary>What a key may have at most: of a longer one than its column an insert cuts blanks off.</summary>
    private const int MaxKeyLength = 1024;

    /// <returns>The statement that makes the index by which a purge finds its rows; null where there is one, or no purge.</returns>
    /// <exception cref="StoreException">The table can't be used.</exception>
    public static async ValueTask<string?> CheckAsync(
        NpgsqlConnection connection,
        SqlTableName table,
        bool isHistory,
        string where,
        CancellationToken cancellationToken
    )
    {
        var shape = await PostgresTableSchema.DescribeAsync(connection, table.ToTableName(), cancellationToken).ConfigureAwait(false);
        string[] key = isHistory ? ["cache", "key", "version"] : ["cache", "key"];
        if (
            shape is not null
            && SchemaCheck.Problem($"{table} of {where}", shape, isHistory ? _columns : _rowColumns, key, new Words(table.Quote('"')))
                is { } problem
        )
        {
            throw new StoreException(problem, isTransient: false);
        }

        return isHistory || await HasIndexAsync(connection, table.Quote('"'), cancellationToken).ConfigureAwait(false)
            ? null
            : $"CREATE INDEX CONCURRENTLY ON {table.Quote('"')} (cache, {GoneAt}) WHERE {GoneAt} IS NOT NULL";
    }

    /// <remarks>Of a table made of partitions each may have its own.</remarks>
    private static async Task<bool> HasIndexAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            SELECT EXISTS (
                SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                WHERE i.indisvalid AND a.attname = '{GoneAt}'
                AND (i.indrelid = $1::regclass OR i.indrelid IN (SELECT relid FROM pg_partition_tree($1::regclass))))
            """;
        var command = new NpgsqlCommand(Sql, connection);
        await using var _ = command.ConfigureAwait(false);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = table });
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    private static SchemaColumn Of(string name, string type, bool isNullable = false) =>
        new(name, type, isNullable, column => column.DatabaseType == type);

    private static bool IsKey(TableColumn column) =>
        IsText(column.DatabaseType) && column.Collation != PostgresTableSchema.Nondeterministic;

    private static bool IsText(string type) => type is "text" or "character varying";

    private sealed class Words(string table) : ISchemaWords
    {
        public string Add(SchemaColumn column) => $"ALTER TABLE {table} ADD COLUMN {column.Name} {column.Declaration};{IndexOf(column)}";

        public string Retype(SchemaColumn column) =>
            column.Name == GoneAt
                ? $"ALTER TABLE {table} DROP COLUMN {GoneAt}, ADD COLUMN {GoneAt} {column.Declaration};{IndexOf(column)}"
                : $"ALTER TABLE {table} ALTER COLUMN {column.Name} TYPE {column.Declaration} USING {Converted(column)};";

        private static string Converted(SchemaColumn column) =>
            column.Declaration == "bytea" ? $"convert_to({column.Name}::text, 'UTF8')" : $"{column.Name}::{column.Declaration}";

        private string IndexOf(SchemaColumn column) =>
            column.Name == GoneAt ? $" CREATE INDEX ON {table} (cache, {GoneAt}) WHERE {GoneAt} IS NOT NULL;" : string.Empty;

        public string AllowNull(TableColumn column) =>
            $"ALTER TABLE {table} ALTER COLUMN {TableName.Quote(column.Name, '"')} DROP NOT NULL;";

        public string AddKey(IReadOnlyList<string> columns) => $"ALTER TABLE {table} ADD PRIMARY KEY ({string.Join(", ", columns)});";
    }
}

using Npgsql;
using Remanso.Sql.Tables;

namespace Remanso.Postgres.Tables;

/// <summary>What PostgreSQL's catalogue says of a table (https://www.postgresql.org/docs/current/catalog-pg-attribute.html).</summary>
internal static class PostgresTableSchema
{
    /// <summary>Marks the type of an enum, whose own name stands behind it.</summary>
    public const string EnumMark = "enum ";

    /// <summary>The collation of a column whose equality is not that of its bytes.</summary>
    public const string Nondeterministic = "nondeterministic";

    // -1 as the type's modifier leaves lengths out, and what a domain is of stands for it: a cast to varchar(10), or to a
    // domain over it, would cut values off in silence. The assignment to the column refuses them.
    private const string Columns = """
        SELECT a.attname, CASE WHEN t.typtype = 'e' THEN 'enum ' ELSE '' END || format_type(t.oid, -1),
            NOT (a.attnotnull OR d.not_null), a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' OR d.has_default,
            CASE WHEN NOT c.collisdeterministic THEN 'nondeterministic' END, a.attgenerated <> '',
            CASE WHEN t.oid = 'varchar'::regtype THEN least(nullif(a.atttypmod, -1), d.modifier) - 4 END,
            (SELECT relkind IN ('v', 'f') FROM pg_class WHERE pg_class.oid = a.attrelid)
        FROM pg_attribute a
        CROSS JOIN LATERAL (
            WITH RECURSIVE domains AS (
                SELECT oid, typtype, typbasetype, typtypmod, typnotnull, typdefault IS NOT NULL AS has_default
                FROM pg_type WHERE oid = a.atttypid
                UNION ALL
                SELECT t.oid, t.typtype, t.typbasetype, t.typtypmod, t.typnotnull, t.typdefault IS NOT NULL
                FROM domains JOIN pg_type t ON t.oid = domains.typbasetype WHERE domains.typtype = 'd')
            SELECT max(oid) FILTER (WHERE typtype <> 'd') AS base, min(typtypmod) FILTER (WHERE typtypmod <> -1) AS modifier,
                bool_or(typnotnull) AS not_null, bool_or(has_default AND typtype = 'd') AS has_default
            FROM domains) AS d
        JOIN pg_type t ON t.oid = d.base LEFT JOIN pg_collation c ON c.oid = a.attcollation
        WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
        """;

    private const string UniqueIndexes = """
        SELECT k.columns, k.collations, k.is_exact
        FROM pg_index i
        CROSS JOIN LATERAL (
            SELECT array_agg(a.attname::text ORDER BY n) AS columns, bool_and(coalesce(c.collisdeterministic, true)) AS is_exact,
                array_agg(CASE WHEN c.oid IS NULL THEN '' ELSE format(' COLLATE %I.%I', s.nspname, c.collname) END ORDER BY n) AS collations
            FROM generate_series(0, i.indnkeyatts - 1) AS n
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n]
            LEFT JOIN pg_collation c ON c.oid = i.indcollation[n] LEFT JOIN pg_namespace s ON s.oid = c.collnamespace) AS k
        WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid
            AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
        """;

    public static async ValueTask<TableShape?> DescribeAsync(
        NpgsqlConnection connection,
        TableName table,
        CancellationToken cancellationToken
    )
    {
        var columns = new Dictionary<string, TableColumn>(StringComparer.Ordinal);
        var isView = false;
        await QueryAsync(
                connection,
                Columns,
                table,
                reader =>
                {
                    isView = reader.GetBoolean(7);
                    columns.Add(
                        reader.GetString(0),
                        new TableColumn(
                            reader.GetString(0),
                            reader.GetString(1),
                            reader.GetBoolean(2),
                            reader.GetBoolean(3),
                            reader.IsDBNull(4) ? null : reader.GetString(4)
                        )
                        {
                            IsGenerated = reader.GetBoolean(5),
                            MaxLength = reader.IsDBNull(6) ? null : reader.GetInt32(6),
                        }
                    );
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        if (columns.Count == 0)
        {
            return null;
        }

        var unique = new List<UniqueIndex>();
        await QueryAsync(
                connection,
                UniqueIndexes,
                table,
                reader =>
                    unique.Add(new UniqueIndex(reader.GetFieldValue<string[]>(0), reader.GetFieldValue<string[]>(1), reader.GetBoolean(2))),
                cancellationToken
            )
            .ConfigureAwait(false);
        return new TableShape(columns, [.. unique.Select(static index => index.Columns)]) { UniqueIndexes = unique, IsView = isView };
    }

    private static async ValueTask QueryAsync(
        NpgsqlConnection connection,
        string sql,
        TableName table,
        Action<NpgsqlDataReader> read,
        CancellationToken cancellationToken
    )
    {
        var command = new NpgsqlCommand(sql, connection);
        await using var _ = command.ConfigureAwait(false);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = table.Quote('"') });
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            read(reader);
        }
    }
}

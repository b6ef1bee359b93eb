using Microsoft.Data.Sqlite;
using Remanso.Sql.Tables;

namespace Remanso.Sqlite.Tables;

/// <summary>What SQLite's pragmas say of a table (https://www.sqlite.org/pragma.html#pragma_table_xinfo).</summary>
internal static class SqliteTableSchema
{
    private const string Main = "main";

    public static TableShape? Describe(SqliteConnection connection, TableName table)
    {
        var schema = table.Schema ?? Main;
        var indexes = Indexes(connection, table.Name, schema);
        var columns = new Dictionary<string, TableColumn>(StringComparer.OrdinalIgnoreCase);
        var primary = new SortedDictionary<long, string>();
        foreach (
            var row in Query(
                connection,
                """
                SELECT name, type, "notnull", dflt_value IS NOT NULL OR hidden > 1, pk, hidden > 1
                FROM pragma_table_xinfo($a, $b) WHERE hidden <> 1
                """,
                table.Name,
                schema
            )
        )
        {
            var (name, type, pk) = ((string)row[0]!, (string)row[1]!, (long)row[4]!);
            if (pk > 0)
            {
                primary.Add(pk, name);
            }

            var collations = indexes
                .SelectMany(static index => index)
                .Where(part => part.Column.Equals(name, StringComparison.OrdinalIgnoreCase))
                .Select(static part => part.Collation);
            columns.Add(
                name,
                new TableColumn(
                    name,
                    type,
                    IsNullable: (long)row[2]! == 0,
                    FillsItself: (long)row[3]! != 0,
                    collations.Order(StringComparer.OrdinalIgnoreCase).FirstOrDefault()
                )
                {
                    IsGenerated = (long)row[5]! != 0,
                }
            );
        }

        if (columns.Count == 0)
        {
            return null;
        }

        var unique = indexes.Select(static index => (IReadOnlyList<string>)[.. index.Select(static part => part.Column)]).ToList();
        if (primary.Count > 0)
        {
            unique.Add([.. primary.Values]);
        }

        var kinds = Query(connection, "SELECT type FROM pragma_table_list($a) WHERE schema = $b", table.Name, schema);
        return new TableShape(columns, unique) { IsView = kinds.Exists(static row => row[0] is "view" or "virtual") };
    }

    private static List<(string Column, string Collation)[]> Indexes(SqliteConnection connection, string table, string schema)
    {
        var indexes = new List<(string Column, string Collation)[]>();
        foreach (
            var index in Query(
                connection,
                """SELECT name FROM pragma_index_list($a, $b) WHERE "unique" = 1 AND partial = 0""",
                table,
                schema
            )
        )
        {
            var parts = Query(
                connection,
                "SELECT name, coll FROM pragma_index_xinfo($a, $b) WHERE key = 1 ORDER BY seqno",
                (string)index[0]!,
                schema
            );

            // An expression has no name; no key is made of one.
            if (parts.TrueForAll(static part => part[0] is not null))
            {
                indexes.Add([.. parts.Select(static part => ((string)part[0]!, (string)part[1]!))]);
            }
        }

        return indexes;
    }

    private static List<object?[]> Query(SqliteConnection connection, string sql, string a, string b)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$a", a);
        command.Parameters.AddWithValue("$b", b);
        var rows = new List<object?[]>();
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var row = new object?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
            }

            rows.Add(row);
        }

        return rows;
    }
}

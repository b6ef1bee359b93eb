using System.Data.Common;
using Remanso.Sql.Tables;

namespace Remanso.MySql.Tables;

/// <summary>What <c>information_schema</c> says of a table, in the words that MySQL and MariaDB share
/// (https://dev.mysql.com/doc/refman/8.4/en/information-schema-columns-table.html).</summary>
internal static class MySqlTableSchema
{
    private const string Storage = "SELECT COALESCE(engine, table_type) FROM information_schema.tables WHERE ";

    private const string Columns = """
        SELECT column_name, data_type, is_nullable = 'YES', column_default IS NOT NULL, COALESCE(generation_expression, '') <> '',
            extra LIKE '%auto_increment%', collation_name, IF(data_type = 'varchar', character_maximum_length, NULL)
        FROM information_schema.columns WHERE 
        """;

    // A part of a column keeps more apart than the whole does, or less; a hash (MariaDB, of long columns) finds no row to lock.
    private const string UniqueKeys = """
        SELECT index_name, column_name, sub_part IS NULL AND column_name IS NOT NULL AND index_type = 'BTREE'
        FROM information_schema.statistics WHERE non_unique = 0 AND 
        """;

    public static async Task<TableShape?> DescribeAsync(DbConnection mysql, TableName table, CancellationToken stop)
    {
        var schema = table.Schema is null ? "DATABASE()" : Literal(table.Schema);
        var which = $"table_schema = {schema} AND table_name = {Literal(table.Name)}";
        string? storage = null;
        await MySqlCalls
            .ReadAsync(mysql, transaction: null, Storage + which, reader => storage = reader.GetString(0), stop)
            .ConfigureAwait(false);
        if (storage is null)
        {
            return null;
        }

        var columns = new Dictionary<string, TableColumn>(StringComparer.OrdinalIgnoreCase);
        await MySqlCalls.ReadAsync(mysql, transaction: null, Columns + which, Column, stop).ConfigureAwait(false);
        var keys = new Dictionary<string, (List<string> Columns, bool IsWhole)>(StringComparer.OrdinalIgnoreCase);
        await MySqlCalls.ReadAsync(mysql, transaction: null, UniqueKeys + which, Part, stop).ConfigureAwait(false);
        return new TableShape(columns, [.. keys.Values.Where(static key => key.IsWhole).Select(static key => key.Columns)])
        {
            Storage = storage,
            IsView = storage.EndsWith("VIEW", StringComparison.OrdinalIgnoreCase),
        };

        void Column(DbDataReader reader)
        {
            var (name, isGenerated, isAutoIncrement) = (
                reader.GetString(0),
                MySqlColumnReader.IsTrue(reader, 4),
                MySqlColumnReader.IsTrue(reader, 5)
            );
            var mark = isAutoIncrement ? MySqlColumnType.AutoIncrement : string.Empty;
            columns.Add(
                name,
                new TableColumn(
                    name,
                    mark + reader.GetString(1).ToLowerInvariant(),
                    MySqlColumnReader.IsTrue(reader, 2),
                    MySqlColumnReader.IsTrue(reader, 3) || isGenerated || isAutoIncrement,
                    reader.IsDBNull(6) ? null : reader.GetString(6)
                )
                {
                    IsGenerated = isGenerated,
                    MaxLength = reader.IsDBNull(7) ? null : (int)MySqlColumnReader.Integer(reader, 7),
                }
            );
        }

        void Part(DbDataReader reader)
        {
            var (parts, isWhole) = keys.GetValueOrDefault(reader.GetString(0), ([], true));
            isWhole &= MySqlColumnReader.IsTrue(reader, 2);
            if (!reader.IsDBNull(1))
            {
                parts.Add(reader.GetString(1));
            }

            keys[reader.GetString(0)] = (parts, isWhole);
        }
    }

    private static string Literal(string text) => $"_utf8mb4 {HexText.Of(text)}";
}

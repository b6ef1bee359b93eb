using Microsoft.Data.Sqlite;
using Remanso.Sql.Tables;

namespace Remanso.Sqlite;

/// <summary>Whether a table has triggers, which may change what was saved.</summary>
internal static class SqliteTriggers
{
    public static bool Any(SqliteConnection connection, TableName table)
    {
        using var command = connection.CreateCommand();
        command.CommandText =
            $"SELECT EXISTS (SELECT 1 FROM {TableName.Quote(table.Schema ?? "main", '"')}.sqlite_schema "
            + "WHERE type = 'trigger' AND tbl_name = $table COLLATE NOCASE)";
        command.Parameters.AddWithValue("$table", table.Name);
        return command.ExecuteScalar() is long and not 0;
    }
}

using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Remanso.Sqlite;

/// <summary>
/// An error that is about a row and has no code of its own: what a trigger, a check or a generated column makes of a value, such as a
/// JSON that is none.
/// </summary>
/// <remarks>The schema has the same code (<c>SQLITE_ERROR</c>), and its texts are many. But a statement that does not fit the schema
/// can't be compiled, and one that was is compiled anew when the schema changes: so what fails though it compiles has met a row.</remarks>
internal sealed class SqliteRowException(SqliteException found)
    : SqliteException(found.Message, found.SqliteErrorCode, found.SqliteExtendedErrorCode)
{
    /// <summary>Whether an error of a statement that has run is about a row.</summary>
    public static bool Is(SqliteException exception, sqlite3 database, string sql)
    {
        if (exception.SqliteErrorCode != SQLITE_ERROR)
        {
            return false;
        }

        var compiled = sqlite3_prepare_v2(database, sql, out var statement);
        statement?.Dispose();
        return compiled == SQLITE_OK;
    }
}

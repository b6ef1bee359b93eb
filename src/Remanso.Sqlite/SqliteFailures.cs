using Microsoft.Data.Sqlite;
using Remanso.Sql;
using static SQLitePCL.raw;

namespace Remanso.Sqlite;

/// <summary>What SQLite's result codes (https://sqlite.org/rescode.html) mean for a store.</summary>
internal static class SqliteFailures
{
    private const string Cause = "errno";

    // The numbers of Linux and macOS, or of Windows.
    private static readonly int[] _noRoom =
        OperatingSystem.IsWindows() ? [112, 39]
        : OperatingSystem.IsMacOS() ? [28, 69]
        : [28, 122];
    private static readonly int _readOnly = OperatingSystem.IsWindows() ? 19 : 30;

    public static SqlFailure Explain(Exception exception, SqliteAddress address) => Explain(exception, address.ToString(), address.Path);

    /// <param name="exception">The exception.</param>
    /// <param name="address">Where the database is, for people.</param>
    /// <param name="path">Its file, where there is one and it is known.</param>
    public static SqlFailure Explain(Exception exception, string address, string? path) =>
        exception switch
        {
            SqliteException sqlite => new SqlFailure(
                KindOf(sqlite),
                Describe(sqlite, address, path),
                sqlite.SqliteErrorCode is SQLITE_CONSTRAINT or SQLITE_TOOBIG or SQLITE_MISMATCH || sqlite is SqliteRowException
            ),
            SqliteFileMovedException => new SqlFailure(SqlFailureKind.Passing, $"{address}: {exception.Message}."),
            UnauthorizedAccessException or IOException => new SqlFailure(
                SqlFailureKind.Operator,
                $"The folder of {address} can't be made: {exception.Message}"
            ),
            ObjectDisposedException => new SqlFailure(SqlFailureKind.Passing, $"The store {address} has been closed."),
            TimeoutException => new SqlFailure(SqlFailureKind.Passing, $"The store {address} did not answer in time."),
            _ => new SqlFailure(SqlFailureKind.Refused, $"The store {address} failed: {OneLine(exception.Message)}"),
        };

    /// <summary>Notes what the operating system said, which the result code of an I/O error has not: to be called
    /// while the connection is open, before anything else is done with it.</summary>
    public static void NoteCause(Exception exception, SqliteConnection? connection)
    {
        if (exception is SqliteException { SqliteErrorCode: SQLITE_IOERR } && connection is not null)
        {
            exception.Data[Cause] = SqliteFile.SystemError(connection);
        }
    }

    /// <summary>Whether it says that the disk, or a quota, has no room left.</summary>
    public static bool IsFull(IOException exception) => Array.IndexOf(_noRoom, exception.HResult & 0xFFFF) >= 0;

    /// <summary>Whether a connection is better not used again: its view of the file may be what is wrong.</summary>
    public static bool MayBreakConnection(SqliteException exception) =>
        KindOf(exception) != SqlFailureKind.Refused
        && exception.SqliteErrorCode is not (SQLITE_BUSY or SQLITE_LOCKED or SQLITE_FULL or SQLITE_INTERRUPT);

    private static SqlFailureKind KindOf(SqliteException exception) =>
        exception is SqliteRowException ? SqlFailureKind.Refused : KindOf(exception.SqliteErrorCode);

    internal static SqlFailureKind KindOf(int code) =>
        code switch
        {
            // A full disk is passing: somebody makes room, and the entries are not at fault.
            SQLITE_BUSY
            or SQLITE_LOCKED
            or SQLITE_INTERRUPT
            or SQLITE_IOERR
            or SQLITE_FULL
            or SQLITE_NOMEM
            or SQLITE_PROTOCOL
            or SQLITE_SCHEMA
            or SQLITE_ABORT => SqlFailureKind.Passing,
            SQLITE_CANTOPEN or SQLITE_READONLY or SQLITE_PERM or SQLITE_AUTH or SQLITE_NOTADB or SQLITE_CORRUPT or SQLITE_NOLFS =>
                SqlFailureKind.Operator,

            // A missing table or column.
            SQLITE_ERROR => SqlFailureKind.Operator,
            _ => SqlFailureKind.Refused,
        };

    private static string Describe(SqliteException exception, string address, string? path) =>
        exception.SqliteErrorCode switch
        {
            SQLITE_CANTOPEN when Directory.Exists(path) => $"{address} is a directory; the SQLite store needs the path of a file.",
            SQLITE_CANTOPEN => $"{address} can't be opened: check that the folder exists and that this process may write to it.",
            SQLITE_IOERR when IsReadOnly(exception) => $"{address} is on a file system that is read-only: what is written to it fails.",
            SQLITE_IOERR when IsFull(exception) => $"The disk of {address} is full.",
            SQLITE_READONLY or SQLITE_PERM => $"{address} is read-only: this process must be able to write to the file and its folder.",
            SQLITE_NOTADB => $"{address} is not a SQLite database (or is encrypted with another key).",
            SQLITE_BUSY or SQLITE_LOCKED => $"{address} is locked by another process.",
            SQLITE_FULL => $"The disk of {address} is full.",

            // The default table's name in the statement that says so.
            _ => $"{address}: {OneLine(exception.Message).Replace("table stored has ", "the table has ", StringComparison.Ordinal)}",
        };

    // The shared memory of a log can't be made larger: hardly ever anything else.
    private static bool IsFull(SqliteException exception) =>
        exception.Data[Cause] is int cause && Array.IndexOf(_noRoom, cause) >= 0
        || exception.SqliteExtendedErrorCode == SQLITE_IOERR_SHMSIZE;

    private static bool IsReadOnly(SqliteException exception) => exception.Data[Cause] is int cause && cause == _readOnly;

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");
}

using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Remanso.Sqlite;

// SQLite answers itself (https://www.sqlite.org/c3ref/c_fcntl_begin_atomic_write.html#sqlitefcntlhasmoved): one stat,
// which compares the numbers of the files.

/// <summary>Whether the file that a connection has open is still the one at its path. A file that was deleted or
/// replaced takes commits as ever, and they are gone with the process.</summary>
internal static class SqliteFile
{
    private const int HasMovedControl = 20;

    /// <summary>Whether it is another one, or none.</summary>
    public static bool HasMoved(SqliteConnection connection)
    {
        if (connection.Handle is not { IsInvalid: false, IsClosed: false } handle)
        {
            return false;
        }

        try
        {
            var hasMoved = 0;
            return Control(handle, "main", HasMovedControl, ref hasMoved) == raw.SQLITE_OK && hasMoved != 0;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // The application brings a SQLite of its own under another name: its file can be missed at least.
            return connection.DataSource is { Length: > 0 } path && Path.IsPathRooted(path) && !File.Exists(path);
        }
    }

    /// <summary>Refuses to confirm what went into a file that is no longer at its path.</summary>
    /// <exception cref="SqliteFileMovedException">It is another one, or none.</exception>
    public static void ThrowIfMoved(SqliteConnection connection)
    {
        if (HasMoved(connection))
        {
            throw new SqliteFileMovedException();
        }
    }

    /// <summary>Refuses a file that can only be read. SQLite opens one without a word where it may not write it, and
    /// says so to the first change only.</summary>
    /// <exception cref="SqliteException">It can't be written.</exception>
    public static void ThrowIfReadOnly(SqliteConnection connection)
    {
        if (raw.sqlite3_db_readonly(connection.Handle!, "main") == 1)
        {
            throw new SqliteException("attempt to write a readonly database", raw.SQLITE_READONLY);
        }
    }

    /// <summary>The operating system's own number of the connection's last I/O error; 0 where it is not known.</summary>
    public static int SystemError(SqliteConnection connection)
    {
        try
        {
            return connection.Handle is { IsInvalid: false, IsClosed: false } handle ? SystemErrorOf(handle) : 0;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return 0;
        }
    }

#pragma warning disable SYSLIB1054 // The generated form needs unsafe code in this package.
    [DllImport(
        "e_sqlite3",
        EntryPoint = "sqlite3_file_control",
        CharSet = CharSet.Ansi,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true
    )]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static extern int Control(sqlite3 database, string schema, int operation, ref int argument);

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_system_errno")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static extern int SystemErrorOf(sqlite3 database);
#pragma warning restore SYSLIB1054
}

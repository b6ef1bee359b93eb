using Microsoft.Data.Sqlite;

namespace Remanso.Sqlite;

/// <summary>Opens a database. A file that is made by that is closed to other users of the machine, for it gets the values
/// of the caches; what the umask says of the group stays.</summary>
internal static class ClosedFile
{
    private const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <param name="connection">The connection.</param>
    /// <param name="path">The file; null for a database in memory.</param>
    public static void Open(SqliteConnection connection, string? path)
    {
        var isMade = path is not null && !File.Exists(path);
        connection.Open();
        if (!isMade || OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            // Before anything is in it: SQLite gives the files that it makes beside it (-wal, -shm) the mode that it has then.
            File.SetUnixFileMode(path!, File.GetUnixFileMode(path!) & ~Others);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not every file system knows modes.
        }
    }
}

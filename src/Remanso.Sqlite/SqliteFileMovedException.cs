namespace Remanso.Sqlite;

/// <summary>The file of a connection is no longer the one at its path.</summary>
internal sealed class SqliteFileMovedException()
    : IOException(
        "the file that is open is no longer the one at its path: it was deleted or replaced. Nothing is confirmed until a "
            + "database is there again"
    );

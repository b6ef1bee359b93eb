using Microsoft.Data.Sqlite;

namespace Remanso;

/// <summary>The options of the SQLite store; setting one out of its range throws.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>The table; <c>cache_data</c> unless set. It is made where it is missing.</summary>
    public SqlTableName Table { get; set; } = SqlTableName.Default;

    /// <summary>
    /// How long a statement waits for a lock that another process holds, before it fails with a transient error; 2 s
    /// unless set; 0 to 1 minute. SQLite waits on a thread of the pool, and a cancelled caller is heard only
    /// afterwards, so rather short: the flusher tries again anyway. The driver goes on trying for one second in any case.
    /// </summary>
    public TimeSpan BusyTimeout
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMinutes(1));
            field = value;
        }
    } = TimeSpan.FromSeconds(2);

    /// <summary>The most loads at the same time, each on a connection of its own; 4 unless set; 1 to 64. Further ones wait.</summary>
    public int Readers
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 64);
            field = value;
        }
    } = 4;

    /// <summary>Called with each connection that was opened, before anything else is done on it: for the key of an
    /// encrypted file, an extension, a function; null unless set. What it throws fails the load or save.</summary>
    public Action<SqliteConnection>? Opened { get; set; }
}

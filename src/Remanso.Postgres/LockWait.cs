namespace Remanso.Postgres;

// PostgreSQL waits for a lock for as long as it takes, and the driver for 30 s: a row that somebody keeps locked would hold up
// every batch that it is in. The setting is local to the save's transaction, so it is nobody else's, behind a pooler and on
// connections of others as well; and it is made by the statement that locks, so it costs no round trip. A subquery that
// depends on no row is run once, before the first row is looked at.

/// <summary>Bounds how long a save waits for each lock.</summary>
internal static class LockWait
{
    /// <summary>A condition that holds, and bounds the waits unless the address, role, database or server does.</summary>
    public const string IsBounded =
        "(SELECT CASE WHEN current_setting('lock_timeout') = '0' THEN set_config('lock_timeout', '2s', true) ELSE '' END) IS NOT NULL";
}

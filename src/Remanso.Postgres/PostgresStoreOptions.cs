namespace Remanso;

/// <summary>The options of the PostgreSQL store.</summary>
/// <remarks>What concerns the connection (pool size, timeouts, TLS) is set in its address.</remarks>
public sealed class PostgresStoreOptions
{
    /// <summary>The table; <c>cache_data</c> unless set. It is made where it is missing.</summary>
    public SqlTableName Table { get; set; } = SqlTableName.Default;

    /// <summary>Whether changes that others make to the table invalidate the copies of the rows they change; false
    /// unless set. It needs triggers on the table, which the start makes (a role that may not do so has its owner run
    /// <c>Schema/notify.sql</c> once), and one more connection per process. Changes that raise a row's version as
    /// Remanso does are taken for Remanso's own.
    /// </summary>
    public bool ListenForChanges { get; set; }

    /// <summary>A file with the password in its one line, instead of one in the address; null unless set. It may be
    /// exchanged while the process runs: it is read for each new connection. Not with a data source of the application's
    /// own, which has its own ways (<c>UsePasswordProvider</c>).</summary>
    public string? PasswordFile { get; set; }

    /// <summary>Whether statements are prepared on the server; true unless set. Through a pooler (PgBouncer), which may
    /// give every transaction another session of the server, none are, whatever this says: each new connection is looked
    /// at once. False spares that look, and the warning. The address says the same with <c>?prepare=false</c>.</summary>
    public bool PreparesStatements { get; set; } = true;
}

namespace Remanso;

/// <summary>The options of the MySQL store; setting one out of its range throws.</summary>
/// <remarks>What concerns the connection (pool size, TLS) is set in its address.</remarks>
public sealed class MySqlStoreOptions
{
    /// <summary>The table; <c>cache_data</c> unless set. It is made where it is missing.</summary>
    public SqlTableName Table { get; set; } = SqlTableName.Default;

    /// <summary>How long one load or save may take, the opening of its connection apart, which may take as long again;
    /// 30 s unless set; 1 s to 10 min. Then it fails with a transient error, and the server is told to kill its
    /// connection. The driver's own time-outs are not relied on: MySql.Data has none for asynchronous calls.</summary>
    public TimeSpan Timeout
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromSeconds(1));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMinutes(10));
            field = value;
        }
    } = TimeSpan.FromSeconds(30);

    /// <summary>A file with the password in its one line, instead of one in the address; null unless set. It may be
    /// exchanged while the process runs: new connections sign in with what it holds then. Not with a data source of the
    /// application's own.</summary>
    public string? PasswordFile { get; set; }
}

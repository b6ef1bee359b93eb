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
}

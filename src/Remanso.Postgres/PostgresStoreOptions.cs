using Remanso.Sql;

namespace Remanso.Postgres;

/// <summary>The options of the PostgreSQL store.</summary>
/// <remarks>What concerns the connection (pool size, timeouts, TLS) is set in its address.</remarks>
public sealed class PostgresStoreOptions
{
    /// <summary>The table; <c>cache_data</c> unless set. It is made where it is missing.</summary>
    public SqlTableName Table { get; set; } = SqlTableName.Default;
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Remanso.Postgres.Inspection;
using Remanso.Postgres.Tables;
using Remanso.Sql;
using Remanso.Sql.Inspection;
using Remanso.Sql.Tables;
using Remanso.Stores;

namespace Remanso.Postgres;

/// <summary>The stores of all caches in one PostgreSQL database, on one pool of connections.</summary>
internal sealed class PostgresStoreProvider : ITableStoreProvider
{
    private readonly PostgresSources _sources;
    private readonly NpgsqlDataSource _connections;
    private readonly PostgresDialect _dialect;
    private readonly PostgresTableDialect _tables;
    private readonly TimeProvider _time;
    private readonly PostgresStatements _statements;

    /// <summary>Creates the provider; nothing is connected until a store is used.</summary>
    /// <param name="address">The database.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="logger">Where to say that listening for changes fails, and that a pooler stands between; null for nowhere.</param>
    public PostgresStoreProvider(
        PostgresAddress address,
        PostgresStoreOptions? options = null,
        TimeProvider? time = null,
        ILogger? logger = null
    )
        : this(PostgresSources.Of(address, options ??= new PostgresStoreOptions()), options, time, logger) { }

    /// <summary>Creates the provider on somebody else's connections, which are not disposed with it.</summary>
    /// <param name="connections">Where connections come from.</param>
    /// <param name="options">Options.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="logger">As above.</param>
    public PostgresStoreProvider(
        NpgsqlDataSource connections,
        PostgresStoreOptions options,
        TimeProvider? time = null,
        ILogger? logger = null
    )
        : this(PostgresSources.Of(connections), options, time, logger) { }

    private PostgresStoreProvider(PostgresSources sources, PostgresStoreOptions options, TimeProvider? time, ILogger? logger)
    {
        _sources = sources;
        _connections = sources.Connections;
        Description = sources.Address.ToString();
        _time = time ?? TimeProvider.System;
        var statements = _statements = new PostgresStatements(options.Table);
        logger ??= NullLogger.Instance;
        var preparation = new PostgresPreparation(options.PreparesStatements && sources.Address.Prepares, Description, logger);
        var reset = new PoolReset(sources.IsOurs, _time);
        _dialect = new PostgresDialect(Description, statements, options.ListenForChanges, preparation, logger, _connections, reset);
        Changes = options.ListenForChanges ? new PostgresChangeFeed(sources, statements, _time, logger) : null;
        _tables = new PostgresTableDialect(Description, preparation, reset, logger, _connections);
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public IStoreChangeFeed? Changes { get; }

    /// <inheritdoc/>
    public IBackingStore<string, ReadOnlyMemory<byte>> Create(string cache) =>
        new SqlStore(_dialect, _connections, _connections, cache, _time);

    /// <inheritdoc/>
    public IBackingStore<TKey, TValue> Create<TKey, TValue>(string cache, TableMapping<TKey, TValue> mapping)
        where TKey : notnull =>
        new TableStore<TKey, TValue>(_tables, new DataSourceConnections(_connections, _connections), cache, mapping, _time)
        {
            Identity = Description,
        };

    /// <summary>Looks at the database, for operators.</summary>
    internal IStoreInspection Inspect() => new PostgresInspection(_sources.Address, _connections, _statements, _dialect);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _sources.DisposeAsync();
}

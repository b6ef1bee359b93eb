using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso.MySql.Inspection;
using Remanso.MySql.Tables;
using Remanso.Sql;
using Remanso.Sql.Inspection;
using Remanso.Sql.Tables;
using Remanso.Stores;

namespace Remanso.MySql;

/// <summary>The stores of all caches in one MySQL or MariaDB database, on one pool of connections.</summary>
internal sealed class MySqlStoreProvider : ITableStoreProvider
{
    private readonly DbDataSource? _owned;
    private readonly MySqlDataSource _connections;
    private readonly MySqlDialect _dialect;
    private readonly MySqlTableDialect _tables;
    private readonly TimeProvider _time;
    private readonly MySqlAddress? _address;
    private readonly MySqlStatements _statements;

    /// <summary>Creates the provider; nothing is connected until a store is used.</summary>
    /// <param name="address">The database.</param>
    /// <param name="driver">The driver; null: <see cref="MySqlDriver.Find"/>.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="logger">Where to say that an index is missing; null for nowhere.</param>
    /// <exception cref="FormatException">The driver doesn't take the address.</exception>
    /// <exception cref="MySqlDriverException">No driver was given, and none found.</exception>
    [RequiresUnreferencedCode(MySqlDriver.Reflects)]
    public MySqlStoreProvider(
        MySqlAddress address,
        DbProviderFactory? driver = null,
        MySqlStoreOptions? options = null,
        TimeProvider? time = null,
        ILogger? logger = null
    )
        : this(Connect(address, driver, options?.PasswordFile), address, isOurs: true, options, time, logger) =>
        (_owned, _address) = (_connections.Connections, address);

    /// <summary>Creates the provider on somebody else's connections, which are not disposed with it.</summary>
    /// <param name="connections">Where connections come from.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="logger">Where to say that an index is missing; null for nowhere.</param>
    [RequiresUnreferencedCode(MySqlDriver.Reflects)]
    public MySqlStoreProvider(
        DbDataSource connections,
        MySqlStoreOptions? options = null,
        TimeProvider? time = null,
        ILogger? logger = null
    )
        : this(connections, MySqlConnectionString.TryRead(connections.ConnectionString), isOurs: false, options, time, logger) { }

    [RequiresUnreferencedCode(MySqlDriver.Reflects)]
    private MySqlStoreProvider(
        DbDataSource connections,
        MySqlAddress? address,
        bool isOurs,
        MySqlStoreOptions? options,
        TimeProvider? time,
        ILogger? logger
    )
    {
        options ??= new MySqlStoreOptions();
        Identity = address?.ToString();
        Description = Identity ?? string.Create(CultureInfo.InvariantCulture, $"mysql://?:{MySqlAddress.DefaultPort}");
        _time = time ?? TimeProvider.System;
        _connections = new MySqlDataSource(connections, options.Timeout, _time);
        var blocksThread = MySqlDataSource.BlocksThread(connections);
        var reset = new PoolReset(isOurs, _time);
        _statements = new MySqlStatements(options.Table);
        _dialect = new MySqlDialect(Description, _statements, blocksThread, reset, logger ?? NullLogger.Instance);
        _tables = new MySqlTableDialect(Description, blocksThread, _time, reset);
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public string? Identity { get; }

    /// <inheritdoc/>
    public IBackingStore<string, ReadOnlyMemory<byte>> Create(string cache) =>
        new SqlStore(_dialect, _connections, _connections, cache, _time);

    /// <inheritdoc/>
    public IBackingStore<TKey, TValue> Create<TKey, TValue>(string cache, TableMapping<TKey, TValue> mapping)
        where TKey : notnull =>
        new TableStore<TKey, TValue>(_tables, new DataSourceConnections(_connections, _connections), cache, mapping, _time)
        {
            Identity = Identity,
        };

    /// <summary>Looks at the database, for operators; null on connections of others.</summary>
    internal IStoreInspection? Inspect() => _address is null ? null : new MySqlInspection(_address, _connections, _statements, _dialect);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _owned?.DisposeAsync() ?? ValueTask.CompletedTask;

    [RequiresUnreferencedCode(MySqlDriver.Reflects)]
    private static DbDataSource Connect(MySqlAddress address, DbProviderFactory? driver, string? passwordFile)
    {
        ArgumentNullException.ThrowIfNull(address);
        driver ??= MySqlDriver.Find();
        return passwordFile is null
            ? driver.CreateDataSource(MySqlConnectionString.For(address, driver))
            : new MySqlRotatedSource(passwordFile, password =>
                driver.CreateDataSource(MySqlConnectionString.For(address.WithPassword(password), driver))
            );
    }
}

using System.Globalization;
using Microsoft.Data.Sqlite;
using Remanso.Sql;
using Remanso.Sql.Inspection;
using Remanso.Sql.Tables;
using Remanso.Sqlite.Inspection;
using Remanso.Sqlite.Tables;
using Remanso.Stores;

namespace Remanso.Sqlite;

// SQLite lets one writer in at a time, so a second one would only wait for its lock on a thread; here it waits for the
// connection without one. In WAL mode readers and the writer don't hinder each other. The writer commits with
// synchronous=FULL: a saved batch survives a power cut. A database in memory has no WAL, and its readers use the
// writer's connection.

/// <summary>
/// The stores of all caches in one SQLite database: one connection writes, a few read.
/// </summary>
internal sealed class SqliteStoreProvider : ITableStoreProvider
{
    private readonly SqliteDialect _dialect;
    private readonly SqliteTableDialect _tables;
    private readonly SqliteDataSource _writes;
    private readonly SqliteDataSource _reads;
    private readonly SqliteConnection? _memoryAnchor;
    private readonly TimeProvider _time;
    private readonly SqliteStatements _statements;

    /// <summary>Creates the provider; the file is first touched when a store initialises.</summary>
    /// <param name="address">The database.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public SqliteStoreProvider(SqliteAddress address, SqliteStoreOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        options ??= new SqliteStoreOptions();
        Address = address;
        Description = address.ToString();
        _time = time ?? TimeProvider.System;

        var statements = _statements = new SqliteStatements(options.Table);
        _dialect = new SqliteDialect(address, statements);
        _tables = new SqliteTableDialect(address);
        _writes = new SqliteDataSource(address, statements, size: 1, isWriter: true, WriterSettings(options.BusyTimeout), options.Opened);
        if (address.Path is null)
        {
            _reads = _writes;
            _memoryAnchor = new SqliteConnection(address.ToConnectionString());
            _memoryAnchor.Open();
        }
        else
        {
            _reads = new SqliteDataSource(
                address,
                statements,
                options.Readers,
                isWriter: false,
                ReaderSettings(options.BusyTimeout),
                options.Opened
            );
        }
    }

    /// <inheritdoc/>
    public string Description { get; }

    internal SqliteAddress Address { get; }

    /// <inheritdoc/>
    public IBackingStore<string, ReadOnlyMemory<byte>> Create(string cache) => new SqlStore(_dialect, _reads, _writes, cache, _time);

    /// <inheritdoc/>
    public IBackingStore<TKey, TValue> Create<TKey, TValue>(string cache, TableMapping<TKey, TValue> mapping)
        where TKey : notnull =>
        new TableStore<TKey, TValue>(_tables, new DataSourceConnections(_reads, _writes), cache, mapping, _time) { Identity = Description };

    /// <summary>Looks at the database, for operators.</summary>
    internal IStoreInspection Inspect() => new SqliteInspection(Address, _statements);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _reads.DisposeAsync().ConfigureAwait(false);

        // The writer last: the last connection to close moves the journal into the file.
        await _writes.DisposeAsync().ConfigureAwait(false);
        if (_memoryAnchor is not null)
        {
            await _memoryAnchor.DisposeAsync().ConfigureAwait(false);
        }
    }

    // The journal may grow during a burst; afterwards no more than 64 MiB of it stay on the disk. On macOS fsync alone
    // leaves what it syncs in the drive's cache; elsewhere fullfsync changes nothing.
    internal static string WriterSettings(TimeSpan busyTimeout) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            PRAGMA busy_timeout={busyTimeout.TotalMilliseconds:F0};
            PRAGMA journal_mode=WAL;
            PRAGMA synchronous=FULL;
            PRAGMA fullfsync=1;
            PRAGMA cache_size=-16384;
            PRAGMA journal_size_limit=67108864;
            """
        );

    // Readers are opened for writing too, for WAL needs its shared memory; this keeps them from writing all the same.
    private static string ReaderSettings(TimeSpan busyTimeout) =>
        string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout={busyTimeout.TotalMilliseconds:F0}; PRAGMA query_only=1;");
}

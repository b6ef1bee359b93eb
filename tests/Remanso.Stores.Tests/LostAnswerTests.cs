using System.Data.Common;
using Remanso.Entries;
using Remanso.Sql;
using Remanso.Sql.Tables;
using Remanso.Sqlite;
using Remanso.Sqlite.Tables;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>Connections that end between a commit and its answer: the save is repeated, and tells nothing that it does
/// not know.</summary>
public sealed class LostAnswerTests : IAsyncLifetime
{
    private readonly SqliteTestBed _bed = new();
    private ISqlDialect _dialect = null!;
    private ITableDialect _tables = null!;
    private SqliteDataSource _connections = null!;
    private bool _isLost;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var address = SqliteAddress.Parse($"sqlite:{_bed.File}");
        await _bed.Provider.Create("default").InitializeAsync(Cancellation);
        _bed.Execute("CREATE TABLE numbers (id TEXT PRIMARY KEY, number INTEGER, v INTEGER)");
        var statements = new SqliteStatements(new SqliteStoreOptions().Table);
        _connections = new SqliteDataSource(
            address,
            statements,
            size: 1,
            isWriter: true,
            SqliteStoreProvider.WriterSettings(TimeSpan.FromSeconds(5))
        );
        _dialect = new LosingDialect(new SqliteDialect(address, statements), Cut);
        _tables = new LosingTableDialect(new SqliteTableDialect(address), Cut);
    }

    public async ValueTask DisposeAsync()
    {
        await _connections.DisposeAsync();
        await _bed.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_flush_finds_its_version_stored(bool inTable)
    {
        _isLost = true;

        Assert.Equal(SaveOutcomeKind.AlreadyStored, await SaveAsync(inTable, version: 1, fencingToken: 7));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_past_the_tier_may_be_stored_or_not(bool inTable)
    {
        _isLost = true;

        var exception = await Assert.ThrowsAsync<StoreException>(() => SaveAsync(inTable, version: 1, fencingToken: 0));

        Assert.True(exception.IsTransient);
        Assert.Contains("may have been stored", exception.Message, StringComparison.Ordinal);
        Assert.Equal(SaveOutcomeKind.AlreadyStored, await SaveAsync(inTable, version: 1, fencingToken: 0));
    }

    private async Task<SaveOutcomeKind> SaveAsync(bool inTable, long version, long fencingToken)
    {
        if (inTable)
        {
            var table = new TableStore<string, long>(
                _tables,
                new DataSourceConnections(_connections, _connections),
                "numbers",
                new TableMappingBuilder<string, long>()
                    .Named("numbers")
                    .Key("id")
                    .Column(number => number, "number")
                    .Version("v")
                    .AllowHardDeletes()
                    .Build(),
                TimeProvider.System
            );
            return Assert.Single(await table.SaveAsync([Write("k", 2L, version, fencingToken)], Cancellation)).Kind;
        }

        var store = new SqlStore(_dialect, _connections, _connections, "default", TimeProvider.System);
        return Assert
            .Single(await store.SaveAsync([Write<ReadOnlyMemory<byte>>("k", new byte[] { 2 }, version, fencingToken)], Cancellation))
            .Kind;
    }

    private static StoreWrite<string, TValue> Write<TValue>(string key, TValue value, long version, long fencingToken) =>
        new()
        {
            Key = key,
            Value = value,
            Version = version,
            FencingToken = fencingToken,
            ExpiresAt = CacheEntry.Never,
        };

    private bool Cut()
    {
        var isLost = _isLost;
        _isLost = false;
        return isLost;
    }

    private sealed class LostException() : DbException("The connection ended before the answer came.");

    private static async ValueTask<IReadOnlyList<int>> LoseAsync(ValueTask<IReadOnlyList<int>> saving, Func<bool> isLost)
    {
        var saved = await saving;
        return isLost() ? throw new LostException() : saved;
    }

    /// <summary>A dialect whose next save's answer is lost, and which takes that for the connection's fault.</summary>
    private sealed class LosingDialect(ISqlDialect inner, Func<bool> isLost) : ISqlDialect
    {
        public bool BlocksThread => inner.BlocksThread;

        public ValueTask CreateTableAsync(DbConnection connection, bool withHistory, CancellationToken cancellationToken) =>
            inner.CreateTableAsync(connection, withHistory, cancellationToken);

        public ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
            DbConnection connection,
            string cache,
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        ) => inner.LoadAsync(connection, cache, keys, cancellationToken);

        public ValueTask<IReadOnlyList<int>> UpsertAsync(
            DbConnection connection,
            string cache,
            IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
            long updatedAt,
            bool withHistory,
            CancellationToken cancellationToken
        ) => LoseAsync(inner.UpsertAsync(connection, cache, batch, updatedAt, withHistory, cancellationToken), isLost);

        public ValueTask<IReadOnlyDictionary<string, long>> ReadVersionsAsync(
            DbConnection connection,
            string cache,
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        ) => inner.ReadVersionsAsync(connection, cache, keys, cancellationToken);

        public ValueTask<IReadOnlyList<HistoryVersion>> ReadHistoryAsync(
            DbConnection connection,
            string cache,
            string key,
            int max,
            int maxBytes,
            CancellationToken cancellationToken
        ) => inner.ReadHistoryAsync(connection, cache, key, max, maxBytes, cancellationToken);

        public ValueTask<int> PurgeAsync(
            DbConnection connection,
            string cache,
            long before,
            int max,
            IReadOnlyCollection<string> spared,
            CancellationToken cancellationToken
        ) => inner.PurgeAsync(connection, cache, before, max, spared, cancellationToken);

        public SqlFailure Explain(Exception exception) => inner.Explain(exception);

        public bool TryRenew(DbConnection connection, Exception exception) => exception is LostException;
    }

    /// <summary>The same of tables.</summary>
    private sealed class LosingTableDialect(ITableDialect inner, Func<bool> isLost) : ITableDialect
    {
        public string Engine => inner.Engine;

        public bool BlocksThread => inner.BlocksThread;

        public bool Speaks(DbConnection connection) => inner.Speaks(connection);

        public string? Identify(DbConnection connection) => inner.Identify(connection);

        public TableConnection Adopt(TableConnection connection, ITableConnections connections) => inner.Adopt(connection, connections);

        public ValueTask<TableShape?> DescribeAsync(DbConnection connection, TableName table, CancellationToken cancellationToken) =>
            inner.DescribeAsync(connection, table, cancellationToken);

        public IEnumerable<string> Objections(TablePlan plan, TableShape shape) => inner.Objections(plan, shape);

        public string AddVersionColumn(TableName table, string column) => inner.AddVersionColumn(table, column);

        public string AddUniqueKey(TableName table, IReadOnlyList<string> columns) => inner.AddUniqueKey(table, columns);

        public ITableStatements Compile(TablePlan plan, TableShape shape) => new LosingStatements(inner.Compile(plan, shape), isLost);

        public SqlFailure Explain(Exception exception) => inner.Explain(exception);

        public bool TryRenew(TableConnection connection, Exception exception) => exception is LostException;
    }

    private sealed class LosingStatements(ITableStatements inner, Func<bool> isLost) : ITableStatements
    {
        public ValueTask<string?> ProbeAsync(DbConnection connection, CancellationToken cancellationToken) =>
            inner.ProbeAsync(connection, cancellationToken);

        public ValueTask<IReadOnlyDictionary<string, long>> VersionsAsync(
            DbConnection connection,
            IReadOnlyList<object?[]> keys,
            CancellationToken cancellationToken
        ) => inner.VersionsAsync(connection, keys, cancellationToken);

        public ValueTask<IReadOnlyList<long>> SampleVersionsAsync(DbConnection connection, CancellationToken cancellationToken) =>
            inner.SampleVersionsAsync(connection, cancellationToken);

        public ValueTask<IReadOnlyList<TableRow>> LoadAsync(
            DbConnection connection,
            IReadOnlyList<object?[]> keys,
            CancellationToken cancellationToken
        ) => inner.LoadAsync(connection, keys, cancellationToken);

        public ValueTask<IReadOnlyList<int>> SaveAsync(DbConnection connection, TableBatch batch, CancellationToken cancellationToken) =>
            LoseAsync(inner.SaveAsync(connection, batch, cancellationToken), isLost);
    }
}

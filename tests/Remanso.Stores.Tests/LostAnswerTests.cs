using System.Data.Common;
using System.Reflection;
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
        _connections = new SqliteDataSource(address, statements, size: 1, SqliteStoreProvider.WriterSettings(TimeSpan.FromSeconds(5)));
        _dialect = Cutting<ISqlDialect>.Around(new SqliteDialect(address, statements), Cut);
        _tables = Cutting<ITableDialect>.Around(new SqliteTableDialect(address), Cut);
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

    /// <summary>A dialect whose next save's answer is lost, and which takes that for the connection's fault.</summary>
#pragma warning disable CA1852 // A proxy is derived from it.
    private class Cutting<T> : DispatchProxy
        where T : class
#pragma warning restore CA1852
    {
        private T _inner = null!;
        private Func<bool> _isLost = null!;

        public static T Around(T inner, Func<bool> isLost)
        {
            var made = Create<T, Cutting<T>>();
            var cutting = (Cutting<T>)(object)made;
            (cutting._inner, cutting._isLost) = (inner, isLost);
            return made;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name switch
            {
                nameof(ISqlDialect.TryRenew) => args![1] is LostException,
                nameof(ISqlDialect.UpsertAsync) => new ValueTask<IReadOnlyList<int>>(SaveAsync(targetMethod, args)),
                nameof(ITableStatements.SaveAsync) => new ValueTask<IReadOnlyList<int>>(SaveAsync(targetMethod, args)),
                nameof(ITableDialect.Compile) => Cutting<ITableStatements>.Around(
                    (ITableStatements)targetMethod.Invoke(_inner, args)!,
                    _isLost
                ),
                _ => targetMethod.Invoke(_inner, args),
            };

        private async Task<IReadOnlyList<int>> SaveAsync(MethodInfo save, object?[]? args)
        {
            var saved = await (ValueTask<IReadOnlyList<int>>)save.Invoke(_inner, args)!;
            return _isLost() ? throw new LostException() : saved;
        }
    }
}

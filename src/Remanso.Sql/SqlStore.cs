using System.Data.Common;
using Remanso.Stores;

namespace Remanso.Sql;

// How outcomes are found: the guard is part of the upsert, so the statement itself says which rows it left alone, and
// only for those are versions read, afterwards and outside its transaction. That is sound because a row's version only
// grows: whatever happens in between, a row that was left alone is at the write's version or higher.
//
// Times: expires_at is null for "never"; updated_at is this process's clock, for people and for retention, never for
// deciding which write wins.
//
// A history (WithHistory) is a second table, to which saves only append and from which nothing is removed, by a purge
// either.

/// <summary>
/// The default store of one cache: rows of the table <c>cache_data</c>, which holds any key and value as text and bytes.
/// </summary>
internal sealed class SqlStore : IBackingStore<string, ReadOnlyMemory<byte>>, IPurgeableStore, IHistoryStore, IHistoryReader
{
    private readonly ISqlDialect _dialect;
    private readonly DbDataSource _reads;
    private readonly DbDataSource _writes;
    private readonly string _cache;
    private readonly TimeProvider _time;
    private readonly bool _keepsHistory;

    /// <summary>Creates the store of one cache; it owns none of its arguments.</summary>
    /// <param name="dialect">The engine.</param>
    /// <param name="reads">Connections for loads.</param>
    /// <param name="writes">
    /// Connections for saves and for the schema; the same as <paramref name="reads"/> where the engine doesn't care.
    /// </param>
    /// <param name="cache">The cache's name, part of each row's key.</param>
    /// <param name="time">The clock of <c>updated_at</c>.</param>
    public SqlStore(ISqlDialect dialect, DbDataSource reads, DbDataSource writes, string cache, TimeProvider time)
        : this(dialect, reads, writes, cache, time, keepsHistory: false) { }

    private SqlStore(ISqlDialect dialect, DbDataSource reads, DbDataSource writes, string cache, TimeProvider time, bool keepsHistory)
    {
        ArgumentNullException.ThrowIfNull(dialect);
        ArgumentNullException.ThrowIfNull(reads);
        ArgumentNullException.ThrowIfNull(writes);
        ArgumentException.ThrowIfNullOrEmpty(cache);
        ArgumentNullException.ThrowIfNull(time);
        _dialect = dialect;
        _reads = reads;
        _writes = writes;
        _cache = cache;
        _time = time;
        _keepsHistory = keepsHistory;
    }

    /// <inheritdoc/>
    public IBackingStore<string, ReadOnlyMemory<byte>> WithHistory() =>
        new SqlStore(_dialect, _reads, _writes, _cache, _time, keepsHistory: true);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync(CancellationToken cancellationToken) =>
        await RunAsync(
                _writes,
                async connection =>
                {
                    await _dialect.CreateTableAsync(connection, _keepsHistory, cancellationToken).ConfigureAwait(false);
                    return true;
                },
                starting: true,
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (keys.Count == 0)
        {
            return [];
        }

        return await RunAsync(
                _reads,
                connection => _dialect.LoadAsync(connection, _cache, keys, cancellationToken),
                starting: false,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count == 0)
        {
            return [];
        }

        var tries = 0;
        return await RunAsync(
                _writes,
                connection => SaveAsync(connection, batch, isRepeated: tries++ > 0, cancellationToken),
                starting: false,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">This store keeps no history.</exception>
    public async ValueTask<IReadOnlyList<HistoryVersion>> ReadHistoryAsync(
        string key,
        int max,
        int maxBytes,
        CancellationToken cancellationToken
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        if (!_keepsHistory)
        {
            throw new InvalidOperationException($"The store of the cache {_cache} keeps no history.");
        }

        return await RunAsync(
                _reads,
                connection => _dialect.ReadHistoryAsync(connection, _cache, key, max, maxBytes, cancellationToken),
                starting: false,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<long> GetTimeAsync(CancellationToken cancellationToken) =>
        await RunAsync(_reads, connection => _dialect.GetTimeAsync(connection, cancellationToken), starting: false, cancellationToken)
            .ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<int> PurgeAsync(long before, int max, CancellationToken cancellationToken) =>
        PurgeAsync(before, max, spared: [], cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> PurgeAsync(long before, int max, IReadOnlyCollection<string> spared, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        return await RunAsync(
                _writes,
                connection => _dialect.PurgeAsync(connection, _cache, before, max, spared, cancellationToken),
                starting: false,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        DbConnection connection,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        bool isRepeated,
        CancellationToken cancellationToken
    )
    {
        var leftAlone = await _dialect
            .UpsertAsync(connection, _cache, batch, NowMicros(), _keepsHistory, cancellationToken)
            .ConfigureAwait(false);
        var outcomes = new SaveOutcome[batch.Count];
        if (leftAlone.Count == 0)
        {
            return outcomes;
        }

        var keys = leftAlone.Select(index => batch[index].Key).ToArray();
        var versions = await _dialect.ReadVersionsAsync(connection, _cache, keys, cancellationToken).ConfigureAwait(false);
        foreach (var index in leftAlone)
        {
            if (!versions.TryGetValue(batch[index].Key, out var stored))
            {
                // Retention may remove an old tombstone between the two statements; a repetition then inserts the row.
                throw new StoreException(
                    "A row is not there after its save: it was removed meanwhile, or a trigger or a rule of the table holds it back.",
                    isTransient: true
                );
            }

            if (stored < batch[index].Version)
            {
                throw VersionCheck.Held(batch[index].Key, batch[index].Version, stored);
            }

            outcomes[index] = stored > batch[index].Version ? SaveOutcome.Superseded(stored) : SaveOutcome.AlreadyStored;
            if (isRepeated)
            {
                RepeatedSave.ThrowIfUnknown(batch[index], outcomes[index]);
            }
        }

        return outcomes;
    }

    private Task<TResult> RunAsync<TResult>(
        DbDataSource source,
        Func<DbConnection, ValueTask<TResult>> work,
        bool starting,
        CancellationToken cancellationToken
    ) =>
        SqlCall.RunAsync(
            _dialect.BlocksThread,
            _dialect.Explain,
            () => OnConnectionAsync(source, work, cancellationToken),
            starting,
            cancellationToken
        );

    private async Task<TResult> OnConnectionAsync<TResult>(
        DbDataSource source,
        Func<DbConnection, ValueTask<TResult>> work,
        CancellationToken cancellationToken
    )
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                try
                {
                    return await work(connection).ConfigureAwait(false);
                }
                catch (Exception exception)
                    when (isFirst && !cancellationToken.IsCancellationRequested && _dialect.TryRenew(connection, exception))
                {
                    // The guard finds what came through before the connection ended: see RepeatedSave.
                }
            }
        }
    }

    private long NowMicros() => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}

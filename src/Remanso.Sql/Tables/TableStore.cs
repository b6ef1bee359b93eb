using Remanso.Entries;
using Remanso.Stores;
using Remanso.Telemetry;

namespace Remanso.Sql.Tables;

// The table is described once, when the store initialises or first works, and refused where it can't keep the promises
// of a store: no version column, no unique key. The statements are made of that description. After an error that speaks of
// the table it is described anew; where it can't be used any more the old statements go on, so that what they can still do,
// such as loads without a unique key, is done. Other changes of the schema need a restart.
//
// Outcomes: the guard is part of the statements, so they say themselves which rows they left alone; only those are
// loaded, afterwards. That is sound because a row's version only grows. Where a delete removes the row, a row that is
// gone counts as deleted.
//
// NULL as a version counts as 0, below every version that a tier issues.

/// <summary>
/// The store of one cache over a table of the user's, as a <see cref="TableMapping{TKey, TValue}"/> says.
/// </summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
internal sealed class TableStore<TKey, TValue> : IBackingStore<TKey, TValue>, IStoreIdentity
    where TKey : notnull
{
    private readonly ITableDialect _dialect;
    private readonly ITableConnections _connections;
    private readonly string _cache;
    private readonly TableMapping<TKey, TValue> _mapping;
    private readonly TimeProvider _time;
    private volatile ITableStatements? _statements;

    // Whether the table is another than the one that the statements were made for.
    private volatile bool _isDoubtful;

    /// <summary>Creates the store of one cache; it owns none of its arguments.</summary>
    /// <param name="dialect">The engine.</param>
    /// <param name="connections">Connections of that engine.</param>
    /// <param name="cache">The cache's name, for messages.</param>
    /// <param name="mapping">The mapping.</param>
    /// <param name="time">The clock of the column that notes changes.</param>
    public TableStore(
        ITableDialect dialect,
        ITableConnections connections,
        string cache,
        TableMapping<TKey, TValue> mapping,
        TimeProvider time
    )
    {
        ArgumentNullException.ThrowIfNull(dialect);
        ArgumentNullException.ThrowIfNull(connections);
        ArgumentException.ThrowIfNullOrEmpty(cache);
        ArgumentNullException.ThrowIfNull(mapping);
        ArgumentNullException.ThrowIfNull(time);
        _dialect = dialect;
        _connections = connections;
        _cache = cache;
        _mapping = mapping;
        _time = time;
    }

    /// <inheritdoc/>
    public string? Identity { get; init; }

    /// <inheritdoc/>
    public bool KeepsDeletes => _mapping.Plan is { SoftDelete: not null, InsertsTombstones: true };

    /// <summary>Checks that the table exists and fits the mapping; makes nothing.</summary>
    /// <exception cref="CacheConfigurationException">It doesn't; the message is one line, with the statement that would
    /// mend it where there is one.</exception>
    /// <exception cref="StoreException">The database can't be reached, or refuses the statements; of a refusal the message
    /// names table and cache, too.</exception>
    public async ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        var isOpen = false;
        try
        {
            _ = await RunAsync(
                    forWrites: true,
                    starting: true,
                    async connection =>
                    {
                        isOpen = true;
                        return _statements = await PrepareAsync(connection, cancellationToken).ConfigureAwait(false);
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (StoreException refusal) when (isOpen && !refusal.IsTransient)
        {
            throw new StoreException(TableCheck.Unusable(_cache, _mapping.Plan, refusal.Message), isTransient: false, refusal)
            {
                BlamesRow = refusal.BlamesRow,
            };
        }
    }

    /// <inheritdoc/>
    /// <remarks>What the mapping alone can tell: another key in the value than its own, a lifetime without a column for
    /// its end, what a converter can't convert.</remarks>
    public string? WhyRefused(StoreWrite<TKey, TValue> write)
    {
        try
        {
            _ = ToColumns(write, _mapping.PartsOf(write.Key));
            return null;
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
        catch (Exception exception)
            when (exception is ArgumentException or OverflowException or InvalidCastException or InvalidOperationException)
        {
            return $"a member can't be converted for the table {_mapping.Plan.Table}: {exception.Message}";
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoreRow<TKey, TValue>>> LoadAsync(IReadOnlyList<TKey> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (keys.Count == 0)
        {
            return [];
        }

        var parts = keys.Select(PartsOf).ToArray();
        var rows = await RunAsync(
                forWrites: false,
                starting: false,
                async connection =>
                {
                    var statements = await StatementsAsync(connection, cancellationToken).ConfigureAwait(false);
                    return await statements.LoadAsync(connection.Connection, parts, cancellationToken).ConfigureAwait(false);
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return [.. rows.Select(ToStoreRow)];
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        IReadOnlyList<StoreWrite<TKey, TValue>> batch,
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
                forWrites: true,
                starting: false,
                connection => SaveAsync(connection, batch, isRepeated: tries++ > 0, cancellationToken),
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<SaveOutcome>> SaveAsync(
        TableConnection connection,
        IReadOnlyList<StoreWrite<TKey, TValue>> batch,
        bool isRepeated,
        CancellationToken cancellationToken
    )
    {
        var statements = await StatementsAsync(connection, cancellationToken).ConfigureAwait(false);
        var writes = batch.Index().Select(item => ToTableWrite(item.Index, item.Item)).ToArray();
        var rows = new TableBatch(
            [.. writes.Where(write => !batch[write.Index].Deleted)],
            [.. writes.Where(write => batch[write.Index].Deleted)],
            NowMicros(),
            batch.Any(static write => write.HasTime)
        );
        var leftAlone = await statements.SaveAsync(connection.Connection, rows, cancellationToken).ConfigureAwait(false);
        var outcomes = new SaveOutcome[batch.Count];
        if (leftAlone.Count == 0)
        {
            return outcomes;
        }

        var versions = await statements
            .VersionsAsync(connection.Connection, [.. leftAlone.Select(index => writes[index].Key)], cancellationToken)
            .ConfigureAwait(false);
        foreach (var index in leftAlone)
        {
            var version = batch[index].Version;
            if (!versions.TryGetValue(KeyText.Join(writes[index].Key), out var found))
            {
                // Only a delete may find nothing to do; a write's row was removed by somebody in between.
                outcomes[index] = batch[index].Deleted && !_mapping.Plan.InsertsTombstones ? SaveOutcome.Applied : throw Moved();
                continue;
            }

            outcomes[index] =
                found > version ? SaveOutcome.Superseded(found)
                : found == version ? SaveOutcome.AlreadyStored
                : throw VersionCheck.Held(KeyText.Join(writes[index].Key), version, found);
            if (isRepeated)
            {
                RepeatedSave.ThrowIfUnknown(batch[index], outcomes[index]);
            }
        }

        return outcomes;
    }

    private async Task<TResult> RunAsync<TResult>(
        bool forWrites,
        bool starting,
        Func<TableConnection, Task<TResult>> work,
        CancellationToken cancellationToken
    ) =>
        await SqlCall
            .RunAsync(
                _dialect.BlocksThread,
                _dialect.Explain,
                () => OnConnectionAsync(forWrites, work, cancellationToken),
                starting,
                cancellationToken
            )
            .ConfigureAwait(false);

    private async Task<TResult> OnConnectionAsync<TResult>(
        bool forWrites,
        Func<TableConnection, Task<TResult>> work,
        CancellationToken cancellationToken
    )
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var opened = await _connections.OpenAsync(forWrites, cancellationToken).ConfigureAwait(false);
            var connection = _dialect.Adopt(opened, _connections);
            await using (connection.ConfigureAwait(false))
            {
                try
                {
                    return await work(connection).ConfigureAwait(false);
                }
                catch (Exception exception)
                    when (isFirst && !cancellationToken.IsCancellationRequested && _dialect.TryRenew(connection, exception))
                {
                    // As in SqlStore. The table may be another by now.
                    _statements = null;
                }
                catch (Exception exception) when (_dialect.Explain(exception).Kind == SqlFailureKind.Operator)
                {
                    _isDoubtful = true;
                    throw;
                }
            }
        }
    }

    private async Task<ITableStatements> PrepareAsync(TableConnection connection, CancellationToken cancellationToken)
    {
        var shape = await ShapeAsync(connection, cancellationToken).ConfigureAwait(false);
        var statements = _dialect.Compile(_mapping.Plan, shape);
        if (await statements.ProbeAsync(connection.Connection, cancellationToken).ConfigureAwait(false) is { } objection)
        {
            throw new CacheConfigurationException(TableCheck.Unusable(_cache, _mapping.Plan, objection));
        }

        var versions = await statements.SampleVersionsAsync(connection.Connection, cancellationToken).ConfigureAwait(false);
        return TableCheck.VersionProblem(_cache, _mapping.Plan, versions) is { } problem
            ? throw new CacheConfigurationException(problem)
            : statements;
    }

    private async ValueTask<TableShape> ShapeAsync(TableConnection connection, CancellationToken cancellationToken)
    {
        var shape = await _dialect.DescribeAsync(connection.Connection, _mapping.Plan.Table, cancellationToken).ConfigureAwait(false);
        if (TableCheck.Problem(_cache, _mapping.Plan, shape, _dialect) is { } problem)
        {
            throw new CacheConfigurationException(problem);
        }

        foreach (var column in _mapping.Plan.Keys.Concat(_mapping.Plan.Values))
        {
            column.Describe(shape!.Columns[column.Name]);
        }

        return shape!;
    }

    /// <remarks>A cache whose database was away at its start works before it is initialised. What is wrong with the
    /// table is then no fault of the entries: they wait.</remarks>
    private async ValueTask<ITableStatements> StatementsAsync(TableConnection connection, CancellationToken cancellationToken)
    {
        var ready = _statements;
        if (ready is not null && !_isDoubtful)
        {
            return ready;
        }

        try
        {
            var shape = await ShapeAsync(connection, cancellationToken).ConfigureAwait(false);
            ready = _statements = _dialect.Compile(_mapping.Plan, shape);
            _isDoubtful = false;
            return ready;
        }
        catch (CacheConfigurationException) when (ready is not null)
        {
            return ready;
        }
        catch (CacheConfigurationException exception)
        {
            throw new StoreException(exception.Message, isTransient: true, exception);
        }
    }

    private StoreRow<TKey, TValue> ToStoreRow(TableRow row)
    {
        try
        {
            return new StoreRow<TKey, TValue>
            {
                Key = _mapping.KeyOf(row),
                Value = row.Deleted ? default : _mapping.ValueOf(row),
                Version = row.Version,
                Deleted = row.Deleted,
                ExpiresAt = row.ExpiresAt ?? CacheEntry.Never,
                ContentType = row.ContentType,
            };
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Converters of the application throw what they like: the row is at fault, and no other one.
            throw new StoreException(
                $"The row of key {new HashedKey(KeyText.Join(row.Key))} in the table {_mapping.Plan.Table} of the cache "
                    + $"'{_cache}' can't be read: {exception.Message}",
                isTransient: false,
                exception
            )
            {
                BlamesRow = true,
            };
        }
    }

    private object?[] PartsOf(TKey key)
    {
        try
        {
            return _mapping.PartsOf(key);
        }
        catch (FormatException exception)
        {
            throw new StoreException(
                $"A key can't be one of the table {_mapping.Plan.Table} of the cache '{_cache}': {exception.Message}.",
                isTransient: false,
                exception
            )
            {
                BlamesRow = true,
            };
        }
    }

    private TableWrite ToTableWrite(int index, StoreWrite<TKey, TValue> write)
    {
        var key = PartsOf(write.Key);
        try
        {
            return new TableWrite(
                index,
                key,
                ToColumns(write, key),
                write.Version,
                write.ExpiresAt == CacheEntry.Never ? null : write.ExpiresAt,
                write.ContentType
            );
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new StoreException(
                $"The key {new HashedKey(KeyText.Join(key))} can't be saved in the table {_mapping.Plan.Table} of the cache "
                    + $"'{_cache}': {exception.Message}.",
                isTransient: false,
                exception
            )
            {
                BlamesRow = true,
            };
        }
    }

    private object?[] ToColumns(StoreWrite<TKey, TValue> write, object?[] key)
    {
        if (!write.Deleted && write.Value is null)
        {
            throw new FormatException("the value is null");
        }

        if (write.ExpiresAt != CacheEntry.Never && _mapping.Plan.Expiry is null)
        {
            throw new FormatException("it has a lifetime, but no column is mapped for its end (Expiry)");
        }

        if ((!write.Deleted || _mapping.Plan.InsertsTombstones) && TooShortFor(key) is { } tooShort)
        {
            throw new FormatException(
                $"the key column {tooShort} holds {tooShort.Described!.MaxLength} characters, and the key has more, which may be blanks"
            );
        }

        object?[] columns = write.Deleted ? [] : _mapping.ColumnsOf(write.Value!, key);
        for (var i = 0; i < columns.Length; i++)
        {
            var column = _mapping.Plan.Values[i];
            if (columns[i] is { } value && _dialect.WhyNotKept(value, column.Described) is { } reason)
            {
                throw new FormatException($"the column {column} {reason}");
            }
        }

        return columns;
    }

    private ColumnMapping? TooShortFor(object?[] key) =>
        _mapping.Plan.Keys.Index().FirstOrDefault(column => column.Item.IsTooShortFor(key[column.Index])).Item;

    private static StoreException Moved() =>
        new(
            "A row is not there after its save: it was removed meanwhile, or a trigger, a rule or a policy of the table holds it back.",
            isTransient: true
        );

    private long NowMicros() => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}

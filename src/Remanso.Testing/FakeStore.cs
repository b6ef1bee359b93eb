using Remanso.Entries;
using Remanso.Stores;

namespace Remanso.Testing;

/// <summary>A database in memory: it keeps the guard by version as real ones do, writes down each query and each
/// batch, and fails or waits where a test says so. It asks of the cache what a real store may ask: a key once in a
/// query, and once in a batch.</summary>
/// <example>
/// <code>
/// var store = new FakeStore&lt;int, User&gt;();
/// store.Put(42, new User("Alice", 7));
/// await using var test = await TestCache.StartAsync(store);
/// </code>
/// </example>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
public sealed class FakeStore<TKey, TValue> : IBackingStore<TKey, TValue>
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, StoreWrite<TKey, TValue>> _rows = [];
    private readonly Dictionary<TKey, string> _refused = [];
    private readonly List<IReadOnlyList<TKey>> _queries = [];
    private readonly List<IReadOnlyList<TKey>> _batches = [];
    private Exception? _loadError;
    private Exception? _saveError;
    private readonly List<Hold> _heldLoads = [];
    private readonly List<Hold> _heldSaves = [];

    /// <summary>The keys of each query for missed keys, the oldest first.</summary>
    public IReadOnlyList<IReadOnlyList<TKey>> Queries
    {
        get
        {
            lock (_lock)
            {
                return [.. _queries];
            }
        }
    }

    /// <summary>The keys of each batch that was stored, the oldest first.</summary>
    public IReadOnlyList<IReadOnlyList<TKey>> Batches
    {
        get
        {
            lock (_lock)
            {
                return [.. _batches];
            }
        }
    }

    /// <summary>The values that are stored; keys that were deleted are left out.</summary>
    public IReadOnlyDictionary<TKey, TValue> Values
    {
        get
        {
            lock (_lock)
            {
                return _rows.Values.Where(static row => !row.Deleted).ToDictionary(static row => row.Key, static row => row.Value!);
            }
        }
    }

    /// <summary>The version of a row, of a deleted one as well; 0 where there is none.</summary>
    /// <param name="key">The key.</param>
    public long VersionOf(TKey key)
    {
        lock (_lock)
        {
            return _rows.TryGetValue(key, out var row) ? row.Version : 0;
        }
    }

    /// <summary>Puts a row there, as somebody does who writes behind the cache's back.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="version">Its version; 1 unless set. A cache's own versions are microseconds since 1970.</param>
    public void Put(TKey key, TValue value, long version = 1)
    {
        lock (_lock)
        {
            _rows[key] = new StoreWrite<TKey, TValue>
            {
                Key = key,
                Value = value,
                Version = version,
                ExpiresAt = CacheEntry.Never,
            };
        }
    }

    /// <summary>Has every query fail with this, until it is null.</summary>
    /// <param name="error">The error; a <see cref="StoreException"/> says whether trying again can help.</param>
    public void FailLoads(Exception? error) => Volatile.Write(ref _loadError, error);

    /// <summary>Has every batch fail with this, until it is null: the database is away.</summary>
    /// <param name="error">The error; a <see cref="StoreException"/> says whether trying again can help.</param>
    public void FailSaves(Exception? error) => Volatile.Write(ref _saveError, error);

    /// <summary>Has the database refuse each value of a key for good, as a constraint does, until the reason is null:
    /// such a write becomes a dead letter.</summary>
    /// <param name="key">The key.</param>
    /// <param name="reason">What the database says.</param>
    public void Refuse(TKey key, string? reason)
    {
        lock (_lock)
        {
            if (reason is null)
            {
                _refused.Remove(key);
            }
            else
            {
                _refused[key] = reason;
            }
        }
    }

    /// <summary>Has every query that begins from now on wait, until what is returned is disposed of; of several, until
    /// each is that was there when the query began.</summary>
    public IDisposable HoldLoads() => BeginHold(_heldLoads);

    /// <summary>Has every batch that begins from now on wait, until what is returned is disposed of; of several, until
    /// each is that was there when the batch began.</summary>
    public IDisposable HoldSaves() => BeginHold(_heldSaves);

    /// <summary>Nothing is to be made.</summary>
    /// <param name="cancellationToken">Not looked at.</param>
    public ValueTask InitializeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoreRow<TKey, TValue>>> LoadAsync(IReadOnlyList<TKey> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        RefuseTwice(keys, nameof(keys));
        List<StoreRow<TKey, TValue>> rows = [];
        Task held;
        lock (_lock)
        {
            _queries.Add([.. keys]);
            held = Released(_heldLoads);

            // What a query sees is fixed when it begins: a slow one returns old rows.
            foreach (var key in keys)
            {
                if (_rows.TryGetValue(key, out var row))
                {
                    rows.Add(
                        new()
                        {
                            Key = key,
                            Value = row.Value,
                            ContentType = row.ContentType,
                            Version = row.Version,
                            Deleted = row.Deleted,
                            ExpiresAt = row.ExpiresAt,
                        }
                    );
                }
            }
        }

        await held.WaitAsync(cancellationToken).ConfigureAwait(false);
        return Volatile.Read(ref _loadError) is { } error ? throw error : rows;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        IReadOnlyList<StoreWrite<TKey, TValue>> batch,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(batch);
        RefuseTwice(batch.Select(static write => write.Key), nameof(batch));
        Task held;
        lock (_lock)
        {
            held = Released(_heldSaves);
        }

        await held.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (Volatile.Read(ref _saveError) is { } error)
        {
            throw error;
        }

        lock (_lock)
        {
            foreach (var write in batch)
            {
                if (_refused.TryGetValue(write.Key, out var reason))
                {
                    throw new StoreException(reason, isTransient: false) { BlamesRow = true };
                }
            }

            _batches.Add([.. batch.Select(static write => write.Key)]);
            return [.. batch.Select(Save)];
        }
    }

    private SaveOutcome Save(StoreWrite<TKey, TValue> write)
    {
        var held = _rows.TryGetValue(write.Key, out var row) ? row.Version : 0;
        if (held == write.Version)
        {
            return SaveOutcome.AlreadyStored;
        }

        if (held > write.Version)
        {
            return SaveOutcome.Superseded(held);
        }

        _rows[write.Key] = write;
        return SaveOutcome.Applied;
    }

    // One statement of a real database can't change a row twice, and none should be asked for it twice.
    private static void RefuseTwice(IEnumerable<TKey> keys, string parameter)
    {
        HashSet<TKey> seen = [];
        foreach (var key in keys)
        {
            if (!seen.Add(key))
            {
                throw new ArgumentException($"The key {key} is there twice.", parameter);
            }
        }
    }

    private Hold BeginHold(List<Hold> all)
    {
        lock (_lock)
        {
            var hold = new Hold(this, all);
            all.Add(hold);
            return hold;
        }
    }

    private static Task Released(List<Hold> holds) =>
        holds.Count == 0 ? Task.CompletedTask : Task.WhenAll(holds.Select(static hold => hold.Released));

    private sealed class Hold(FakeStore<TKey, TValue> store, List<Hold> all) : IDisposable
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Released => _released.Task;

        public void Dispose()
        {
            lock (store._lock)
            {
                all.Remove(this);
            }

            _released.TrySetResult();
        }
    }
}

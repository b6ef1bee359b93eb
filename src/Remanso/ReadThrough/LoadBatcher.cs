using Remanso.Common;
using Remanso.Stores;
using Remanso.Telemetry;

namespace Remanso.ReadThrough;

// While fewer than K queries run, a key leaves at once, alone: an idle store adds no delay. While K run, keys wait in a
// queue; each query that ends takes as many of them as one query may hold. So a burst of n missed keys costs K + ⌈(n −
// K) / batch⌉ queries.
//
// At the deadline (LoadOptions.Timeout) a key fails for its callers and leaves, and a query is cancelled and frees its
// place. A store that ignores its token goes on by itself.
//
// A key whose caller gave up leaves the queue; a query is cancelled when the callers of all its keys have given up. A
// query's passing error is the error of all its keys. What the store refuses for good (a row that can't be read,
// whatever it throws there) is found by bisecting, and is the error of its own key alone; a caller's own loader is
// asked once.
//
// The lock guards the queue and the count, and is never held over a call into the store.

/// <summary>
/// The bulkhead in front of the store's reads: at most K queries run at once, and the keys missed meanwhile leave together in the next one.
/// </summary>
internal sealed class LoadBatcher(
    string cache,
    IBackingStore<string, ReadOnlyMemory<byte>> store,
    LoadOptions options,
    TimeProvider time,
    CacheCounters? counters,
    RemansoMeter? meter,
    StoreHealth? health = null
)
{
    /// <summary>How many queries of a load may fail while it looks for the rows at fault: enough for a handful of them
    /// in the largest batch.</summary>
    internal const int MostFailures = 64;

    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _queue = new();
    private int _running;
    private int _gathering;

    /// <summary>Whether a load that fails for its rows is cut until the bad ones stand alone.</summary>
    public bool FindsBadRows { get; init; }

    /// <summary>The row of a key, or null where the store has none.</summary>
    public async ValueTask<StoreRow<string, ReadOnlyMemory<byte>>?> LoadAsync(string key, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(key);
        lock (_lock)
        {
            waiter.Node = _queue.AddLast(waiter);
        }

        using var registration = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (batcher, waiter) = ((LoadBatcher, Waiter))state!;
                batcher.Leave(waiter, late: null, token);
            },
            (this, waiter)
        );
        Pump();
        var row = waiter.Row.Task;
        await ((Task)row).WaitAsync(options.Timeout, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!row.IsCompleted)
        {
            Leave(waiter, TimedLoad.Late(options), CancellationToken.None);
        }

        return await row.ConfigureAwait(false);
    }

    /// <summary>Holds queries back until the result is disposed, so that keys asked for together leave together.</summary>
    public Gathering Gather()
    {
        Interlocked.Increment(ref _gathering);
        return new Gathering(this);
    }

    private void Leave(Waiter waiter, TimeoutException? late, CancellationToken token)
    {
        Query? query;
        lock (_lock)
        {
            if (waiter.Node is { } node)
            {
                _queue.Remove(node);
                waiter.Node = null;
            }

            query = waiter.Query;
        }

        // First, or the query's own end would be taken for the reason. Whoever gives up just when his time is over leaves once.
        if (late is null ? waiter.Row.TrySetCanceled(token) : waiter.Row.TrySetException(late))
        {
            query?.Leave(gaveUp: late is null);
        }
    }

    private void Pump()
    {
        while (Volatile.Read(ref _gathering) == 0 && Next() is { } query)
        {
            var running = RunAsync(query);
            if (!running.IsCompleted)
            {
                _ = PumpAfterAsync(running);
            }
        }
    }

    // A query that a store answers at once has the next one follow in the loop: not from its own end, or the calls would nest.
    private async Task PumpAfterAsync(Task running)
    {
        await running.ConfigureAwait(false);
        Pump();
    }

    private Query? Next()
    {
        lock (_lock)
        {
            if (_running >= options.MaxConcurrent || _queue.Count == 0)
            {
                return null;
            }

            var waiters = new List<Waiter>(Math.Min(_queue.Count, options.MaxBatch));
            var query = new Query(waiters);
            while (waiters.Count < options.MaxBatch && _queue.First is { } first)
            {
                _queue.RemoveFirst();
                first.Value.Node = null;
                first.Value.Query = query;
                waiters.Add(first.Value);
            }

            query.Callers = waiters.Count;
            _running++;
            return query;
        }
    }

    private async Task RunAsync(Query query)
    {
        var waiters = query.Waiters;
        var keys =
            waiters.Count == 1 ? [waiters[0].Key] : waiters.Select(static waiter => waiter.Key).Distinct(StringComparer.Ordinal).ToArray();
        counters?.LoadKeys.Add(keys.Length);
        using var activity = RemansoMeter.StartActivity("remanso.load", cache, keys.Length);
        activity?.SetTag("keys", keys.Length);
        try
        {
            health?.Asked(keys[0]);
            var (rows, errors) = await LoadAllAsync(keys, query).ConfigureAwait(false);
            health?.Answered();
            Release();
            Complete(waiters, rows, errors);
        }
        catch (Exception exception)
        {
            health?.Failed(exception);
            Release();
            foreach (var waiter in waiters)
            {
                waiter.Row.TrySetException(exception);
            }
        }

        query.End();
    }

    private async ValueTask<(
        IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>> Rows,
        Dictionary<string, Exception>? Errors
    )> LoadAllAsync(string[] keys, Query query)
    {
        try
        {
            return (await LoadAsync(keys, query).ConfigureAwait(false), null);
        }
        catch (Exception exception) when (FindsBadRows && keys.Length > 1 && MayBlameRow(exception, query))
        {
            return await BisectAsync(keys, exception, query).ConfigureAwait(false);
        }
    }

    private async ValueTask<(
        IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>> Rows,
        Dictionary<string, Exception>? Errors
    )> BisectAsync(string[] keys, Exception error, Query query)
    {
        var rows = new List<StoreRow<string, ReadOnlyMemory<byte>>>(keys.Length);
        var errors = new Dictionary<string, Exception>(StringComparer.Ordinal);
        var parts = new Stack<string[]>([keys[(keys.Length / 2)..], keys[..(keys.Length / 2)]]);
        var failures = 1;
        while (parts.TryPop(out var part))
        {
            // Where this many fail it is no single row, and the others are not looked for one by one.
            if (failures >= MostFailures)
            {
                AddErrors(part, error);
                continue;
            }

            try
            {
                rows.AddRange(await LoadAsync(part, query).ConfigureAwait(false));
            }
            catch (Exception exception) when (MayBlameRow(exception, query))
            {
                failures++;
                if (part.Length == 1)
                {
                    errors[part[0]] = exception;
                    continue;
                }

                parts.Push(part[(part.Length / 2)..]);
                parts.Push(part[..(part.Length / 2)]);
            }
            catch (Exception exception)
            {
                AddErrors(part, exception);
            }
        }

        return (rows, errors);

        void AddErrors(string[] part, Exception exception)
        {
            foreach (var key in part)
            {
                errors[key] = exception;
            }
        }
    }

    private static bool MayBlameRow(Exception exception, Query query) =>
        !StoreErrors.IsTransient(exception) && !query.Token.IsCancellationRequested;

    /// <summary>One call of the store, counted and measured: a load that looks for a bad row makes several.</summary>
    private async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(string[] keys, Query query)
    {
        counters?.LoadQueries.Add();
        var start = time.GetTimestamp();
        try
        {
            return Checked(keys, await AskAsync(keys, query).ConfigureAwait(false));
        }
        catch
        {
            (query.IsAbandoned ? counters?.LoadsAbandoned : counters?.LoadErrors)?.Add();
            throw;
        }
        finally
        {
            meter?.Loaded(cache, time.GetElapsedTime(start), keys.Length);
        }
    }

    private async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> AskAsync(string[] keys, Query query)
    {
        var load = store.LoadAsync(keys, query.Token);
        if (load.IsCompleted)
        {
            return await load.ConfigureAwait(false);
        }

        var task = load.AsTask();
        await ((Task)task).WaitAsync(options.Timeout, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!task.IsCompleted)
        {
            task.Forget();
            query.Cancel();
            throw TimedLoad.Late(options);
        }

        return await task.ConfigureAwait(false);
    }

    /// <summary>Refuses a row whose key is spelled otherwise than it was asked for (of a column that ignores case or blanks,
    /// two keys of the cache are one row), and one of a version that no tier can keep.</summary>
    private static IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>> Checked(
        string[] keys,
        IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>> rows
    )
    {
        var asked = keys.Length == 1 ? null : keys.ToHashSet(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            if (!(asked?.Contains(row.Key) ?? row.Key == keys[0]))
            {
                throw new StoreException(
                    $"The store answered with a row of the key {new HashedKey(row.Key)}, which nobody asked for"
                        + (asked is null ? $", but for {new HashedKey(keys[0])}" : string.Empty)
                        + ": the keys of rows must come back letter by letter.",
                    isTransient: false
                )
                {
                    BlamesRow = true,
                };
            }

            RowVersion.ThrowUnlessSound(row.Key, row.Version);
        }

        return rows;
    }

    private void Release()
    {
        lock (_lock)
        {
            _running--;
        }
    }

    private static void Complete(
        List<Waiter> waiters,
        IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>> rows,
        Dictionary<string, Exception>? errors
    )
    {
        if (waiters.Count == 1 && errors is null)
        {
            waiters[0].Row.TrySetResult(rows.Count == 0 ? null : rows[0]);
            return;
        }

        var byKey = new Dictionary<string, StoreRow<string, ReadOnlyMemory<byte>>>(rows.Count, StringComparer.Ordinal);
        foreach (var row in rows)
        {
            byKey[row.Key] = row;
        }

        foreach (var waiter in waiters)
        {
            if (errors?.GetValueOrDefault(waiter.Key) is { } error)
            {
                waiter.Row.TrySetException(error);
            }
            else
            {
                waiter.Row.TrySetResult(byKey.TryGetValue(waiter.Key, out var row) ? row : null);
            }
        }
    }

    /// <summary>Ends a gathering.</summary>
    public sealed class Gathering(LoadBatcher batcher) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Decrement(ref batcher._gathering);
            batcher.Pump();
        }
    }

    private sealed class Waiter(string key)
    {
        public string Key { get; } = key;

        public TaskCompletionSource<StoreRow<string, ReadOnlyMemory<byte>>?> Row { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinkedListNode<Waiter>? Node { get; set; }

        public Query? Query { get; set; }
    }

    // Not disposed: a caller that leaves now may still be about to cancel it, and without a timer there is nothing to free.
#pragma warning disable CA1001
    private sealed class Query(List<Waiter> waiters)
    {
        private readonly CancellationTokenSource _source = new();
        private int _left;
        private int _gaveUp;

        public List<Waiter> Waiters { get; } = waiters;

        public int Callers { get; set; }

        public CancellationToken Token => _source.Token;

        /// <summary>Whether nobody waits any more, and for nobody it was the deadline: that says nothing of the store.</summary>
        public bool IsAbandoned => Volatile.Read(ref _gaveUp) == Callers;

        public void Leave(bool gaveUp)
        {
            if (gaveUp)
            {
                Interlocked.Increment(ref _gaveUp);
            }

            if (Interlocked.Increment(ref _left) == Callers)
            {
                Cancel();
            }
        }

        // Elsewhere: what the store has registered must not run on a caller's thread, nor on the clock's.
        public void Cancel() => _ = _source.CancelAsync();

        public void End() => Volatile.Write(ref _left, int.MinValue);
    }
#pragma warning restore CA1001
}

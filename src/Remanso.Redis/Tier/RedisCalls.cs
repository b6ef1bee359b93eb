using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Remanso.Redis.Resp;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>Calls Redis in the tier's name: what is sure to have had no effect is tried again for a moment, what
/// remains becomes the tier's exception.</summary>
internal sealed class RedisCalls(IRedisClient client, TimeProvider time)
{
    /// <summary>What a caller is to hear where the log and the readiness say what is wrong, which names servers.</summary>
    public const string Unfit = "Redis is not fit for the tier as it is set up.";

    // 10 + 20 + ... + 640 ms: as long as a fail-over usually takes is the client's to wait, this bridges slots on the
    // move and a server that loads.
    private const int MostRetries = 7;

    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(10);

    private volatile bool _isOpen;
    private volatile Exception? _whyNotOpen;
    private volatile Func<CancellationToken, ValueTask>? _entrance;

    public IRedisClient Client => client;

    /// <summary>What every call has to pass first; null for nothing.</summary>
    public Func<CancellationToken, ValueTask>? Entrance
    {
        get => _entrance;
        set => _entrance = value;
    }

    /// <summary>Lets calls through: the server is known to be fit for them.</summary>
    public void Open() => _isOpen = true;

    /// <summary>Tells why none passes yet.</summary>
    public void NotOpened(Exception reason) => _whyNotOpen = reason;

    /// <summary>Runs one call. The result is to be awaited once.</summary>
    /// <exception cref="TierUnavailableException">Redis can't be reached, or refused.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TResult> RunAsync<TState, TResult>(
        Func<IRedisClient, TState, CancellationToken, ValueTask<TResult>> call,
        TState state,
        CancellationToken cancellationToken
    )
    {
        if (!_isOpen)
        {
            throw NotReached();
        }

        if (_entrance is { } entrance)
        {
            await entrance(cancellationToken).ConfigureAwait(false);
        }

        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await call(client, state, cancellationToken).ConfigureAwait(false);
            }
            catch (RedisServerException exception) when (exception.Code is "FOREIGN" or "WRONGTYPE")
            {
                throw EntryLayout.Foreign(exception.Message);
            }
            catch (RedisException exception) when (!HadNoEffect(exception) || attempt == MostRetries)
            {
                throw Unavailable(exception);
            }
            catch (RedisException)
            {
                // Told apart by the filter above.
            }

            await Task.Delay(_firstPause * (1 << attempt), time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a call for each item, all of them on their way before the first is awaited.</summary>
    /// <returns>The results, at the index of their items.</returns>
    /// <exception cref="TierUnavailableException">One of them failed so. It may have happened where another one did, or
    /// may have.</exception>
    public ValueTask<TResult[]> RunAllAsync<TItem, TResult>(
        IReadOnlyList<TItem> items,
        Func<IRedisClient, TItem, CancellationToken, ValueTask<TResult>> call,
        CancellationToken cancellationToken
    ) => AllAsync(SendAll(items, call, cancellationToken));

    /// <summary>Runs a call for each item, all of them on their way before the first is awaited; each stands for itself.</summary>
    /// <returns>What came of them, at the index of their items.</returns>
    public ValueTask<Attempt<TResult>[]> RunEachAsync<TItem, TResult>(
        IReadOnlyList<TItem> items,
        Func<IRedisClient, TItem, CancellationToken, ValueTask<TResult>> call,
        CancellationToken cancellationToken
    ) => EachAsync(SendAll(items, call, cancellationToken), cancellationToken);

    /// <summary>Runs a call for each item, each a partition's; one that fails leaves the others alone. Those whose server is
    /// known not to answer are not asked while another one does: each would wait for its time-out.</summary>
    /// <param name="items">The items.</param>
    /// <param name="partitionOf">The partition of each.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <param name="failed">Is told of each partition that failed, also where all did.</param>
    /// <returns>What came of them, at the index of their items.</returns>
    /// <exception cref="TierUnavailableException">All that were asked failed so.</exception>
    public async ValueTask<Attempt<TResult>[]> TryAllAsync<TItem, TResult>(
        IReadOnlyList<TItem> items,
        Func<TItem, PartitionKeys> partitionOf,
        Func<IRedisClient, TItem, CancellationToken, ValueTask<TResult>> call,
        CancellationToken cancellationToken,
        Action<int, Exception>? failed = null
    )
    {
        int[] asked = [.. Enumerable.Range(0, items.Count).Where(i => !IsAway(partitionOf(items[i]).State))];
        var attempts = await RunEachAsync([.. asked.Select(i => items[i])], call, cancellationToken).ConfigureAwait(false);
        var results = new Attempt<TResult>[items.Count];
        Array.Fill(results, new(default!, Away()));
        Exception? first = null;
        var succeeded = 0;
        for (var i = 0; i < attempts.Length; i++)
        {
            results[asked[i]] = attempts[i];
            if (attempts[i].Error is not { } error)
            {
                succeeded++;
            }
            else
            {
                first = error is TierUnavailableException or InvalidDataException ? first ?? error : error;
            }
        }

        for (var i = 0; failed is not null && i < results.Length; i++)
        {
            if (results[i].Error is { } error)
            {
                failed(partitionOf(items[i]).Index, error);
            }
        }

        if (first is not null && (succeeded == 0 || first is not (TierUnavailableException or InvalidDataException)))
        {
            ExceptionDispatchInfo.Throw(first);
        }

        return results;
    }

    /// <summary>Fails at once where the server of a key is known not to answer, while another one does.</summary>
    /// <exception cref="TierUnavailableException">So it is.</exception>
    public void ThrowIfAway(string key)
    {
        if (IsAway(key))
        {
            throw Away();
        }
    }

    /// <summary>What came of calls that are on their way: what one of them failed with stands beside it.</summary>
    /// <exception cref="OperationCanceledException">One of them was given up, and so is the whole.</exception>
    public static async ValueTask<Attempt<TResult>[]> EachAsync<TResult>(ValueTask<TResult>[] pending, CancellationToken cancellationToken)
    {
        var attempts = new Attempt<TResult>[pending.Length];
        Exception? givenUp = null;
        for (var i = 0; i < attempts.Length; i++)
        {
            try
            {
                attempts[i] = new(await pending[i].ConfigureAwait(false), null);
            }
            catch (Exception exception)
            {
                // The others are awaited too: their callers' memory is in use until then.
                attempts[i] = new(default!, exception);
                givenUp ??= exception is OperationCanceledException && cancellationToken.IsCancellationRequested ? exception : null;
            }
        }

        if (givenUp is not null)
        {
            ExceptionDispatchInfo.Throw(givenUp);
        }

        return attempts;
    }

    private static async ValueTask<TResult[]> AllAsync<TResult>(ValueTask<TResult>[] pending)
    {
        var results = new TResult[pending.Length];
        Exception? error = null;
        var mayHaveHappened = false;
        for (var i = 0; i < results.Length; i++)
        {
            try
            {
                results[i] = await pending[i].ConfigureAwait(false);
                mayHaveHappened = true;
            }
            catch (Exception exception)
            {
                // The others are awaited too: their callers' memory is in use until then.
                error ??= exception;
                mayHaveHappened |= exception is not TierUnavailableException { MayHaveHappened: false };
            }
        }

        if (mayHaveHappened && error is TierUnavailableException { MayHaveHappened: false } none)
        {
            // True of this one, and not of all.
            throw new TierUnavailableException(none.Message, mayHaveHappened: true, none)
            {
                Reason = none.Reason,
                RefusesWrites = none.RefusesWrites,
                IsAnswered = none.IsAnswered,
            };
        }

        if (error is not null)
        {
            ExceptionDispatchInfo.Throw(error);
        }

        return results;
    }

    /// <summary>What a caller is to hear of an error that a script told of one key.</summary>
    public static Exception Refused(string error) =>
        new RedisServerException(error) is var exception && exception.Code is "FOREIGN" or "WRONGTYPE"
            ? EntryLayout.Foreign(exception.Message)
            : Unavailable(exception);

    private bool IsAway(string key) => !IsWell(client.MasterOf(key)) && client.Nodes.Any(static node => node.IsMaster && IsWell(node));

    private static bool IsWell([NotNullWhen(true)] RedisNode? node) => node is { IsConnected: true, IsSilent: false };

    private static TierUnavailableException Away() =>
        new("The Redis server of a partition does not answer.", mayHaveHappened: false) { Reason = "Redis does not answer." };

    private static bool HadNoEffect(RedisException exception) => exception is RedisServerException { IsTransient: true };

    private static TierUnavailableException Unavailable(RedisException exception) =>
        new(
            exception is RedisServerException ? $"Redis refused: {exception.Message}" : exception.Message,
            exception is RedisConnectionException { MayHaveRun: true } or RedisTimeoutException { MayHaveRun: true },
            exception
        )
        {
            Reason = exception.Reason,
            RefusesWrites = exception is RedisServerException { RefusesWrites: true },
            IsAnswered = exception is RedisServerException { IsTransient: false },
        };

    private TierUnavailableException NotReached()
    {
        var lost = client.State.LastError;
        var error = lost ?? _whyNotOpen;
        var problem = error == lost ? "Redis was not reached yet, so it is not known to be fit" : "Redis can't be used yet";
        return new(error is null ? $"{problem}." : $"{problem}: {error.Message}", mayHaveHappened: false, error)
        {
            Reason = error switch
            {
                TierUnavailableException unavailable => unavailable.Reason,
                RedisException known => known.Reason,
                InvalidOperationException => Unfit,
                _ => null,
            },
        };
    }

    private ValueTask<TResult>[] SendAll<TItem, TResult>(
        IReadOnlyList<TItem> items,
        Func<IRedisClient, TItem, CancellationToken, ValueTask<TResult>> call,
        CancellationToken cancellationToken
    )
    {
        var pending = new ValueTask<TResult>[items.Count];
        using (WriteBatch.Begin())
        {
#pragma warning disable CA2012 // Each of them is awaited once, by the caller.
            for (var i = 0; i < pending.Length; i++)
            {
                pending[i] = RunAsync(call, items[i], cancellationToken);
            }
#pragma warning restore CA2012
        }

        return pending;
    }
}

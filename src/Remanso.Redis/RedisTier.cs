using System.Diagnostics.CodeAnalysis;
using Remanso.Entries;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Redis;

// Atomicity. What changes a key is one script (Scripts/*.lua) over keys of one partition, which lie in one slot. The
// server's clock issues versions, leases and fencing tokens, so the processes' clocks don't matter.
//
// States of a key are those of MemoryTier, and so are the invariants; here a marker is an entry of the partition's
// stream, the key's entry is one string (EntryLayout) that names its newest marker, and it counts as queued while that
// is above the mark up to which the partition was taken. A dirty entry has no Redis TTL: no policy but allkeys-*, which
// is refused, can evict it.
//
// Fencing. Take and settle carry the partition lease and do nothing once it is another's. The store's guard does the
// same for what was saved meanwhile.
//
// Signals come over sharded pub/sub (Redis 7), two channels a partition, on a connection of their own; changes of keys
// are subscribed to only where an observer wants them (TierChannels). They may be lost with it: then
// ITierObserver.OnMissed is called as soon as they come again, and whoever waits reads again.
//
// If Redis loses its data (a crash without AOF, a FLUSHALL) the writes that were not flushed are gone; versions go on
// above what the store holds, tokens are not repeated, and the number of partitions is stated anew with the next
// heartbeat.
//
// While a cluster moves a slot, operations on its partitions wait and then fail with TierUnavailableException: Redis
// runs no script over keys of which some have moved.
//
// Best effort: TTLs, by the error of the clock's estimate (half a round trip); the limits to what may be dirty
// (DirtyView).

/// <summary>The tier of a cache that lives in Redis, shared by all processes that use the same server.</summary>
internal sealed class RedisTier : ICacheTier
{
    private readonly RedisConnection _connection;
    private readonly bool _holdsWrites;
    private readonly TierContext _tier;
    private readonly ReadStep _reads;
    private readonly FillStep _fills;
    private readonly WriteStep _writes;
    private readonly InvalidateStep _invalidation;
    private readonly PartitionStep _partitions;
    private readonly ProcessStep _processes;
    private readonly TakeStep _takes;
    private readonly SettleStep _settlements;
    private readonly DirtyStep _dirty;
    private readonly DeadLetterStep _deadLetters;
    private readonly TierChannels _channels;
    private readonly ReplicaStep _replicas;

    internal RedisTier(string cache, TierOptions options, RedisConnection connection)
    {
        Cache = cache;
        _connection = connection;
        _holdsWrites = options.HoldsWrites;
        _tier = new TierContext(cache, options, connection);
        connection.Servers.Add(_tier.Agreement);
        _channels = new TierChannels(_tier);
        _dirty = new DirtyStep(_tier);
        _reads = new ReadStep(_tier);
        _fills = new FillStep(_tier);
        _writes = new WriteStep(_tier, _dirty.RefreshAsync);
        _invalidation = new InvalidateStep(_tier);
        _partitions = new PartitionStep(_tier);
        _processes = new ProcessStep(_tier);
        _takes = new TakeStep(_tier);
        _settlements = new SettleStep(_tier);
        _deadLetters = new DeadLetterStep(_tier);
        _replicas = new ReplicaStep(_tier, connection.Client, options.Replicas);
    }

    /// <inheritdoc/>
    public string Cache { get; }

    /// <inheritdoc/>
    public int Partitions => _tier.Keys.Partitions.Length;

    /// <inheritdoc/>
    public bool IsLocal => false;

    /// <inheritdoc/>
    public bool TryRead(string key, [NotNullWhen(true)] out CacheEntry? entry)
    {
        entry = null;
        return false;
    }

    /// <inheritdoc/>
    public long Now => _tier.Clock.Now;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Redis is older than 7, may evict dirty entries (<c>maxmemory-policy
    /// allkeys-*</c>), or keeps the cache in another number of partitions, or in another mode while something is
    /// dirty.</exception>
    /// <exception cref="TierUnavailableException">Redis can't be reached. Every other operation fails so at once until
    /// this one has succeeded: a server that was not looked at may not be fit.</exception>
    public async ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _tier.Calls.NotOpened(exception);
            throw;
        }

        _tier.Calls.Open();
    }

    /// <inheritdoc/>
    public ValueTask<TierRead> ReadAsync(string key, long holder, CancellationToken cancellationToken)
    {
        MeasureClockIfDue();
        return _reads.ReadAsync(key, holder, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Attempt<TierRead>>> ReadManyAsync(
        IReadOnlyList<string> keys,
        long holder,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(keys);
        MeasureClockIfDue();
        return _reads.ReadManyAsync(keys, holder, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<long> TryLeaseAsync(string key, long holder, CancellationToken cancellationToken) =>
        _reads.TryLeaseAsync(key, holder, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FillResult>> FillAsync(IReadOnlyList<FillRequest> fills, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fills);
        return _fills.FillAsync(fills, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> ReleaseLeaseAsync(string key, long token, CancellationToken cancellationToken) =>
        _fills.ReleaseAsync(key, token, cancellationToken);

    /// <inheritdoc/>
    public TimeSpan? FillLeaseBeat => TimeSpan.FromMilliseconds(_tier.LeaseMilliseconds / 6.0);

    /// <inheritdoc/>
    public ValueTask RenewFillLeasesAsync(IReadOnlyList<KeyValuePair<string, long>> leases, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(leases);
        return _fills.RenewAsync(leases, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask WaitForFillAsync(string key, TimeSpan atMost, CancellationToken cancellationToken) =>
        _fills.WaitAsync(key, atMost, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="ValueTooLargeException">The value exceeds the cache's limits even if nothing else were dirty.</exception>
    public ValueTask<TierWriteResult> WriteAsync(TierWrite write, CancellationToken cancellationToken) =>
        _writes.WriteAsync(write, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Attempt<TierWriteResult>>> WriteManyAsync(
        IReadOnlyList<TierWrite> writes,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(writes);
        return _writes.WriteManyAsync(writes, cancellationToken);
    }

    /// <inheritdoc/>
    public IReadOnlyList<HeldPartition> Held => _tier.Faults.Held;

    /// <inheritdoc/>
    /// <remarks>What refuses writes refuses to settle.</remarks>
    public string? FlushProblem => _tier.Faults.Problem ?? _writes.Warning;

    /// <inheritdoc/>
    public long Vanished => _tier.Vanished;

    /// <inheritdoc/>
    public double Fill => _tier.Dirty.Fill;

    /// <inheritdoc/>
    public string? Problem =>
        _tier.Servers.Problem
        ?? _tier.Agreement.Problem
        ?? _tier.Agreement.PartitionProblem
        ?? _tier.Faults.Problem
        ?? _tier.Signals.Problem;

    /// <inheritdoc/>
    /// <remarks>Without signals near caches are closed, and whoever waits looks by himself.
    /// Where writes are refused, reads go on.</remarks>
    public string? Warning =>
        string.Join("; ", new[] { _writes.Warning, _tier.Signals.Warning }.OfType<string>()) is { Length: > 0 } warning ? warning : null;

    /// <inheritdoc/>
    /// <remarks>Replicas as the last look at the servers' roles found them, and settings as they were last read, which may
    /// be long ago: they are read again after the write. Before the first look, nothing is refused here: the write will
    /// find no Redis.</remarks>
    public string? WhyNot(Durability level) =>
        level switch
        {
            Durability.Replicated => _replicas.WhyNot(),
            Durability.Logged => _connection.Servers.Persistence.WhyNot(),
            _ => null,
        };

    /// <inheritdoc/>
    public bool IsPassing(Durability level) => level == Durability.Replicated;

    /// <inheritdoc/>
    /// <remarks>With <c>appendfsync always</c> Redis answers a write after its fsync, and makes one for all writes that
    /// came meanwhile: there is nothing left to wait for, but for the server's word that it is so set.</remarks>
    public ValueTask EnsureAsync(string key, long version, Durability level, TimeSpan atMost, CancellationToken cancellationToken) =>
        level switch
        {
            Durability.Replicated => _replicas.EnsureAsync(key, version, atMost, cancellationToken),
            Durability.Logged => EnsureLoggedAsync(key, version, atMost, cancellationToken),
            _ => ValueTask.CompletedTask,
        };

    /// <inheritdoc/>
    public ValueTask InvalidateAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return _invalidation.InvalidateAsync(keys, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask ExpireAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return _invalidation.ExpireAsync(keys, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask InvalidateAllAsync(CancellationToken cancellationToken) => _invalidation.InvalidateAllAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask RemoveByTagAsync(IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tags);
        return _invalidation.RemoveByTagAsync(tags, keepsStale: false, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask ExpireByTagAsync(IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tags);
        return _invalidation.RemoveByTagAsync(tags, keepsStale: true, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask ExpireAllAsync(CancellationToken cancellationToken) => _invalidation.ExpireAllAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The cache has another number of partitions by now.</exception>
    public ValueTask<IReadOnlyList<LivingWorker>> HeartbeatAsync(string worker, TimeSpan duration, CancellationToken cancellationToken) =>
        _partitions.HeartbeatAsync(worker, duration, cancellationToken);

    /// <inheritdoc/>
    public ValueTask RegisterAsync(string process, string card, TimeSpan keep, CancellationToken cancellationToken) =>
        _processes.RegisterAsync(process, card, keep, cancellationToken);

    /// <inheritdoc/>
    public ValueTask UnregisterAsync(string process, CancellationToken cancellationToken) =>
        _processes.UnregisterAsync(process, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RegisteredProcess>> ListProcessesAsync(CancellationToken cancellationToken) =>
        _processes.ListAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PartitionLease>> AcquirePartitionsAsync(
        string worker,
        IReadOnlyList<int> partitions,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(partitions);
        return _partitions.AcquireAsync(worker, partitions, duration, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask ReleasePartitionsAsync(IReadOnlyList<PartitionLease> leases, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(leases);
        return _partitions.ReleaseAsync(leases, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>A call gives up to 32 MiB of values and a little more: of larger ones it may give fewer than
    /// <paramref name="max"/> though more are queued.</remarks>
    public ValueTask<TakenEntries> TakeAsync(
        IReadOnlyList<PartitionLease> leases,
        int max,
        IReadOnlyDictionary<string, long> refused,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(leases);
        return _takes.TakeAsync(leases, max, refused, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SettleResult>> SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settlements);
        return _settlements.SettleAsync(settlements, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<DirtySummary> GetDirtyAsync(CancellationToken cancellationToken)
    {
        MeasureClockIfDue();
        return _dirty.SumAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<DirtySummary> GetDirtyAsync(IReadOnlyCollection<int> partitions, CancellationToken cancellationToken) =>
        _dirty.SumAsync(partitions, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DirtySummary> EstimateDirtyAsync(CancellationToken cancellationToken)
    {
        MeasureClockIfDue();
        return _dirty.EstimateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(int max, CancellationToken cancellationToken) =>
        _deadLetters.ListAsync(max, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> ReplayDeadLettersAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return _deadLetters.ReplayAsync(keys, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<int> DropDeadLettersAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return _deadLetters.DropAsync(keys, cancellationToken);
    }

    /// <inheritdoc/>
    public void WantFlush(string? key)
    {
        foreach (var partition in key is null ? _tier.Keys.Partitions : [_tier.Keys.Of(key)])
        {
            // Of all keys only what is dirty, as far as is known.
            if (key is not null || _tier.Dirty.EntriesOf(partition.Index) > 0)
            {
                _tier.WantFlush(partition, isUrgent: true);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>The first observer that wants changes makes the tier's next calls wait until they are subscribed to.</remarks>
    public IDisposable Subscribe(ITierObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        var subscription = _tier.Signals.Observers.Add(observer);
        if (observer.HearsChanges)
        {
            _channels.WantChanges();
        }

        return subscription;
    }

    /// <inheritdoc/>
    public ValueTask ListenAsync(CancellationToken cancellationToken) => _channels.OpenAsync(cancellationToken);

    /// <summary>Ends the tier's subscriptions; the connections are the provider's.</summary>
    public ValueTask DisposeAsync()
    {
        _tier.Servers.Remove(_tier.Agreement);
        return _channels.DisposeAsync();
    }

    private async ValueTask EnsureLoggedAsync(string key, long version, TimeSpan atMost, CancellationToken cancellationToken)
    {
        string? reason;
        try
        {
            var asking = _connection.Servers.Persistence.WhyNotAsync(_connection.Client.MasterOf(_tier.Keys.Of(key).State));
            reason = asking.IsCompletedSuccessfully
                ? await asking.ConfigureAwait(false)
                : await asking.AsTask().WaitAsync(atMost, _tier.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            // Clients are told of it, so without names and addresses.
            reason = $"Redis did not say how it persists. {(exception as RedisException)?.Reason}".TrimEnd();
        }

        if (reason is not null)
        {
            throw new DurabilityNotReachedException(version, Durability.Logged, reason);
        }
    }

    private async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        await _connection.CheckAsync(cancellationToken).ConfigureAwait(false);
        if (_holdsWrites)
        {
            _connection.WarnOfLosses();
        }

        var calls = new RedisCalls(_connection.Client, _connection.Time);
        calls.Open();
        await _tier.Agreement.AgreeAsync(calls, cancellationToken).ConfigureAwait(false);
        await AdmitAsync(cancellationToken).ConfigureAwait(false);
        await MeasureClockAsync(calls, cancellationToken).ConfigureAwait(false);
        await _channels.OpenAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The connections were there before this cache.</summary>
    private async ValueTask AdmitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _tier.Servers.AdmitAsync(_tier.Agreement, _connection.Client, cancellationToken).ConfigureAwait(false);
        }
        catch (RedisException exception)
        {
            throw new TierUnavailableException(exception.Message, mayHaveHappened: false, exception) { Reason = exception.Reason };
        }
    }

    private void MeasureClockIfDue()
    {
        if (_tier.Clock.IsMeasurementDue())
        {
            _ = MeasureClockAgainAsync();
        }
    }

    private async Task MeasureClockAgainAsync()
    {
        try
        {
            await MeasureClockAsync(_tier.Calls, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TierUnavailableException)
        {
            // The estimate stays as good as it was; the next one is due in seconds.
        }
    }

    private async Task MeasureClockAsync(RedisCalls calls, CancellationToken cancellationToken) =>
        await calls
            .RunAsync(
                static async (client, clock, token) =>
                {
                    await clock.MeasureAsync(client, token).ConfigureAwait(false);
                    return true;
                },
                _tier.Clock,
                cancellationToken
            )
            .ConfigureAwait(false);
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.Hosting;

/// <summary>The tier as the callers of a cache reach it: started by its first use, and closed to their writes from the
/// stop on. The flusher, and all else that the life of the cache consists of, has the tier itself.</summary>
internal sealed class LivingTier(ICacheTier inner, CacheLife life, Opening opening) : ICacheTier
{
    /// <summary>The tier itself: what is there at once needs no start.</summary>
    public ICacheTier Inner => inner;

    public string Cache => inner.Cache;

    public int Partitions => inner.Partitions;

    public bool IsLocal => inner.IsLocal;

    public long Now => inner.Now;

    public long CoarseNow => inner.CoarseNow;

    public string? Problem => inner.Problem;

    public string? Warning => inner.Warning;

    public IReadOnlyList<HeldPartition> Held => inner.Held;

    public string? FlushProblem => inner.FlushProblem;

    public long Vanished => inner.Vanished;

    public TimeSpan? FillLeaseBeat => inner.FillLeaseBeat;

    public ValueTask InitializeAsync(CancellationToken cancellationToken) => inner.InitializeAsync(cancellationToken);

    public bool TryRead(string key, [NotNullWhen(true)] out CacheEntry? entry) => inner.TryRead(key, out entry);

    public ValueTask<TierRead> ReadAsync(string key, long holder, CancellationToken cancellationToken) =>
        life.IsStarted
            ? inner.ReadAsync(key, holder, cancellationToken)
            : EnterAsync(
                static (tier, item, token) => tier.ReadAsync(item.Key, item.Holder, token),
                (Key: key, Holder: holder),
                cancellationToken
            );

    public ValueTask<IReadOnlyList<Attempt<TierRead>>> ReadManyAsync(
        IReadOnlyList<string> keys,
        long holder,
        CancellationToken cancellationToken
    ) =>
        life.IsStarted
            ? inner.ReadManyAsync(keys, holder, cancellationToken)
            : EnterAsync(
                static (tier, item, token) => tier.ReadManyAsync(item.Keys, item.Holder, token),
                (Keys: keys, Holder: holder),
                cancellationToken
            );

    public ValueTask<long> TryLeaseAsync(string key, long holder, CancellationToken cancellationToken) =>
        life.IsStarted
            ? inner.TryLeaseAsync(key, holder, cancellationToken)
            : EnterAsync(
                static (tier, item, token) => tier.TryLeaseAsync(item.Key, item.Holder, token),
                (Key: key, Holder: holder),
                cancellationToken
            );

    public ValueTask<IReadOnlyList<FillResult>> FillAsync(IReadOnlyList<FillRequest> fills, CancellationToken cancellationToken) =>
        life.IsStarted
            ? inner.FillAsync(fills, cancellationToken)
            : EnterAsync(static (tier, fills, token) => tier.FillAsync(fills, token), fills, cancellationToken);

    public ValueTask<bool> ReleaseLeaseAsync(string key, long token, CancellationToken cancellationToken) =>
        inner.ReleaseLeaseAsync(key, token, cancellationToken);

    public ValueTask RenewFillLeasesAsync(IReadOnlyList<KeyValuePair<string, long>> leases, CancellationToken cancellationToken) =>
        inner.RenewFillLeasesAsync(leases, cancellationToken);

    public void WantFlush(string? key) => inner.WantFlush(key);

    public ValueTask WaitForFillAsync(string key, TimeSpan atMost, CancellationToken cancellationToken) =>
        inner.WaitForFillAsync(key, atMost, cancellationToken);

    public ValueTask<TierWriteResult> WriteAsync(TierWrite write, CancellationToken cancellationToken)
    {
        if (!life.TryBeginWrite())
        {
            return BeginAsync(static (tier, write, token) => tier.WriteAsync(write, token), write, cancellationToken);
        }

        var isEnded = true;
        try
        {
            var pending = inner.WriteAsync(write, cancellationToken);
            isEnded = pending.IsCompleted;
            return isEnded ? pending : EndAsync(pending);
        }
        finally
        {
            if (isEnded)
            {
                life.EndWrite();
            }
        }
    }

    public ValueTask<IReadOnlyList<Attempt<TierWriteResult>>> WriteManyAsync(
        IReadOnlyList<TierWrite> writes,
        CancellationToken cancellationToken
    ) => BeginAsync(static (tier, writes, token) => tier.WriteManyAsync(writes, token), writes, cancellationToken);

    public double Fill => inner.Fill;

    public string? WhyNot(Durability level) => inner.WhyNot(level);

    public bool IsPassing(Durability level) => inner.IsPassing(level);

    public async ValueTask EnsureAsync(string key, long version, Durability level, TimeSpan atMost, CancellationToken cancellationToken)
    {
        await life.EnterAsync(opening, cancellationToken).ConfigureAwait(false);
        await inner.EnsureAsync(key, version, level, atMost, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask InvalidateAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        await life.EnterAsync(opening, cancellationToken).ConfigureAwait(false);
        await inner.InvalidateAsync(keys, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask ExpireAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        await life.EnterAsync(opening, cancellationToken).ConfigureAwait(false);
        await inner.ExpireAsync(keys, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask InvalidateAllAsync(CancellationToken cancellationToken)
    {
        await life.EnterAsync(opening, cancellationToken).ConfigureAwait(false);
        await inner.InvalidateAllAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask RemoveByTagAsync(IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        await life.EnterAsync(opening, cancellationToken).ConfigureAwait(false);
        await inner.RemoveByTagAsync(tags, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask ExpireByTagAsync(IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        await life.EnterAsync(opening, cancellationToken).ConfigureAwait(false);
        await inner.ExpireByTagAsync(tags, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask ExpireAllAsync(CancellationToken cancellationToken)
    {
        await life.EnterAsync(opening, cancellationToken).ConfigureAwait(false);
        await inner.ExpireAllAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<IReadOnlyList<LivingWorker>> HeartbeatAsync(string worker, TimeSpan duration, CancellationToken cancellationToken) =>
        inner.HeartbeatAsync(worker, duration, cancellationToken);

    public ValueTask RegisterAsync(string process, string card, TimeSpan keep, CancellationToken cancellationToken) =>
        inner.RegisterAsync(process, card, keep, cancellationToken);

    public ValueTask UnregisterAsync(string process, CancellationToken cancellationToken) =>
        inner.UnregisterAsync(process, cancellationToken);

    public ValueTask<IReadOnlyList<RegisteredProcess>> ListProcessesAsync(CancellationToken cancellationToken) =>
        EnterAsync(static (tier, _, token) => tier.ListProcessesAsync(token), false, cancellationToken);

    public ValueTask<IReadOnlyList<PartitionLease>> AcquirePartitionsAsync(
        string worker,
        IReadOnlyList<int> partitions,
        TimeSpan duration,
        CancellationToken cancellationToken
    ) => inner.AcquirePartitionsAsync(worker, partitions, duration, cancellationToken);

    public ValueTask ReleasePartitionsAsync(IReadOnlyList<PartitionLease> leases, CancellationToken cancellationToken) =>
        inner.ReleasePartitionsAsync(leases, cancellationToken);

    public ValueTask<TakenEntries> TakeAsync(
        IReadOnlyList<PartitionLease> leases,
        int max,
        IReadOnlyDictionary<string, long> refused,
        CancellationToken cancellationToken
    ) => inner.TakeAsync(leases, max, refused, cancellationToken);

    public ValueTask<IReadOnlyList<SettleResult>> SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken cancellationToken) =>
        inner.SettleAsync(settlements, cancellationToken);

    public ValueTask<DirtySummary> GetDirtyAsync(CancellationToken cancellationToken) =>
        life.IsStarted
            ? inner.GetDirtyAsync(cancellationToken)
            : EnterAsync(static (tier, _, token) => tier.GetDirtyAsync(token), false, cancellationToken);

    public ValueTask<DirtySummary> GetDirtyAsync(IReadOnlyCollection<int> partitions, CancellationToken cancellationToken) =>
        inner.GetDirtyAsync(partitions, cancellationToken);

    public ValueTask<DirtySummary> EstimateDirtyAsync(CancellationToken cancellationToken) =>
        life.IsStarted
            ? inner.EstimateDirtyAsync(cancellationToken)
            : EnterAsync(static (tier, _, token) => tier.EstimateDirtyAsync(token), false, cancellationToken);

    public ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(int max, CancellationToken cancellationToken) =>
        EnterAsync(static (tier, max, token) => tier.ListDeadLettersAsync(max, token), max, cancellationToken);

    // What is replayed is dirty again: to the stop it is a write.
    public ValueTask<int> ReplayDeadLettersAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        BeginAsync(static (tier, keys, token) => tier.ReplayDeadLettersAsync(keys, token), keys, cancellationToken);

    public ValueTask<int> DropDeadLettersAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        EnterAsync(static (tier, keys, token) => tier.DropDeadLettersAsync(keys, token), keys, cancellationToken);

    public IDisposable Subscribe(ITierObserver observer) => inner.Subscribe(observer);

    public async ValueTask ListenAsync(CancellationToken cancellationToken)
    {
        await life.EnterAsync(opening, cancellationToken).ConfigureAwait(false);
        await inner.ListenAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The tier itself is the registry's to dispose of.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<TResult> EnterAsync<TItem, TResult>(
        Func<ICacheTier, TItem, CancellationToken, ValueTask<TResult>> call,
        TItem item,
        CancellationToken cancellationToken
    )
    {
        await life.EnterAsync(opening, cancellationToken).ConfigureAwait(false);
        return await call(inner, item, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<TResult> BeginAsync<TItem, TResult>(
        Func<ICacheTier, TItem, CancellationToken, ValueTask<TResult>> call,
        TItem item,
        CancellationToken cancellationToken
    )
    {
        if (!life.TryBeginWrite())
        {
            await life.BeginWriteAsync(opening, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await call(inner, item, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            life.EndWrite();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TierWriteResult> EndAsync(ValueTask<TierWriteResult> pending)
    {
        try
        {
            return await pending.ConfigureAwait(false);
        }
        finally
        {
            life.EndWrite();
        }
    }
}

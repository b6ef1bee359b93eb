using System.Diagnostics.CodeAnalysis;
using Remanso.Common;
using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.Simulation.World;

/// <summary>The shared tier as one process sees it: each operation is a call over a wire.</summary>
internal sealed class SimTier(SimKernel kernel, Dice dice, TierServer server, Host client, NetworkWeather weather) : ICacheTier, ITierLink
{
    private readonly List<SignalRelay> _relays = [];
    private readonly Wire _wire = new(kernel, dice, client, server.Host, weather, static mayHaveHappened => new TierUnavailableException(
        "The tier does not answer.",
        mayHaveHappened
    ));

    public ICacheTier Tier => this;

    public long FailedAt => _wire.FailedAt;

    public string Cache => "sim";

    public int Partitions => server.Tier.Partitions;

    public bool IsLocal => false;

    public long Now => server.Tier.Now;

    public string? Problem => null;

    public void BreakSignals() => _relays.ForEach(static relay => relay.Break());

    public void MendSignals() => _relays.ForEach(static relay => relay.Mend());

    public ValueTask InitializeAsync(CancellationToken cancellationToken) =>
        RunAsync("initialize", static _ => ValueTask.CompletedTask, cancellationToken);

    public bool TryRead(string key, [NotNullWhen(true)] out CacheEntry? entry)
    {
        entry = null;
        return false;
    }

    public ValueTask<TierRead> ReadAsync(string key, long holder, CancellationToken cancellationToken) =>
        GetAsync(new CallName("read", key), tier => tier.ReadAsync(key, holder, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyList<Attempt<TierRead>>> ReadManyAsync(
        IReadOnlyList<string> keys,
        long holder,
        CancellationToken cancellationToken
    ) => EachAsync(keys.Count, GetAsync("read many", tier => tier.ReadManyAsync(keys, holder, cancellationToken), cancellationToken));

    public ValueTask<long> TryLeaseAsync(string key, long holder, CancellationToken cancellationToken) =>
        GetAsync(new CallName("lease", key), tier => tier.TryLeaseAsync(key, holder, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyList<FillResult>> FillAsync(IReadOnlyList<FillRequest> fills, CancellationToken cancellationToken) =>
        GetAsync(
            new CallName(
                "fill",
                kernel.Trace is null ? null : string.Join(' ', fills.Select(static fill => $"{fill.Key}@{fill.Version}#{fill.Lease}"))
            ),
            tier => tier.FillAsync(fills, cancellationToken),
            cancellationToken
        );

    public ValueTask<bool> ReleaseLeaseAsync(string key, long token, CancellationToken cancellationToken) =>
        GetAsync(new CallName("release", key), tier => tier.ReleaseLeaseAsync(key, token, cancellationToken), cancellationToken);

    public void WantFlush(string? key) =>
        RunAsync(
                new CallName("want flush", key ?? "all"),
                tier =>
                {
                    tier.WantFlush(key);
                    return default;
                },
                CancellationToken.None
            )
            .AsTask()
            .Forget();

    public ValueTask WaitForFillAsync(string key, TimeSpan atMost, CancellationToken cancellationToken) =>
        RunAsync(new CallName("wait for fill", key), tier => tier.WaitForFillAsync(key, atMost, CancellationToken.None), cancellationToken);

    public ValueTask<TierWriteResult> WriteAsync(TierWrite write, CancellationToken cancellationToken) =>
        GetAsync(new CallName("write", write.Key), tier => tier.WriteAsync(write, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyList<Attempt<TierWriteResult>>> WriteManyAsync(
        IReadOnlyList<TierWrite> writes,
        CancellationToken cancellationToken
    ) => EachAsync(writes.Count, GetAsync("write many", tier => tier.WriteManyAsync(writes, cancellationToken), cancellationToken));

    public string? WhyNot(Durability level) => server.Tier.WhyNot(level);

    public bool IsPassing(Durability level) => server.Tier.IsPassing(level);

    public ValueTask EnsureAsync(string key, long version, Durability level, TimeSpan atMost, CancellationToken cancellationToken) =>
        RunAsync("ensure", tier => tier.EnsureAsync(key, version, level, atMost, cancellationToken), cancellationToken);

    public ValueTask InvalidateAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        RunAsync("invalidate", tier => tier.InvalidateAsync(keys, cancellationToken), cancellationToken);

    public ValueTask ExpireAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        RunAsync("expire", tier => tier.ExpireAsync(keys, cancellationToken), cancellationToken);

    public ValueTask InvalidateAllAsync(CancellationToken cancellationToken) =>
        RunAsync("invalidate all", tier => tier.InvalidateAllAsync(cancellationToken), cancellationToken);

    public ValueTask ExpireAllAsync(CancellationToken cancellationToken) =>
        RunAsync("expire all", tier => tier.ExpireAllAsync(cancellationToken), cancellationToken);

    public ValueTask RemoveByTagAsync(IReadOnlyList<string> tags, CancellationToken cancellationToken) =>
        RunAsync("remove tag", tier => tier.RemoveByTagAsync(tags, cancellationToken), cancellationToken);

    public ValueTask ExpireByTagAsync(IReadOnlyList<string> tags, CancellationToken cancellationToken) =>
        RunAsync("expire tag", tier => tier.ExpireByTagAsync(tags, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyList<LivingWorker>> HeartbeatAsync(string worker, TimeSpan duration, CancellationToken cancellationToken) =>
        GetAsync("heartbeat", tier => tier.HeartbeatAsync(worker, duration, cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyList<PartitionLease>> AcquirePartitionsAsync(
        string worker,
        IReadOnlyList<int> partitions,
        TimeSpan duration,
        CancellationToken cancellationToken
    ) => GetAsync("acquire", tier => tier.AcquirePartitionsAsync(worker, partitions, duration, cancellationToken), cancellationToken);

    public ValueTask ReleasePartitionsAsync(IReadOnlyList<PartitionLease> leases, CancellationToken cancellationToken) =>
        RunAsync("release partitions", tier => tier.ReleasePartitionsAsync(leases, cancellationToken), cancellationToken);

    public ValueTask<TakenEntries> TakeAsync(
        IReadOnlyList<PartitionLease> leases,
        int max,
        IReadOnlyDictionary<string, long> refused,
        CancellationToken cancellationToken
    ) =>
        GetAsync(
            "take",
            async tier =>
            {
                var taken = await tier.TakeAsync(leases, max, refused, cancellationToken).ConfigureAwait(false);
                server.Take(taken);
                return taken;
            },
            cancellationToken
        );

    public ValueTask<IReadOnlyList<SettleResult>> SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken cancellationToken) =>
        GetAsync("settle", tier => tier.SettleAsync(settlements, cancellationToken), cancellationToken);

    public ValueTask<DirtySummary> GetDirtyAsync(CancellationToken cancellationToken) =>
        GetAsync("dirty", tier => tier.GetDirtyAsync(cancellationToken), cancellationToken);

    public ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(int max, CancellationToken cancellationToken) =>
        GetAsync("dead letters", tier => tier.ListDeadLettersAsync(max, cancellationToken), cancellationToken);

    public ValueTask<int> ReplayDeadLettersAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        GetAsync("replay", tier => tier.ReplayDeadLettersAsync(keys, cancellationToken), cancellationToken);

    public ValueTask<int> DropDeadLettersAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        GetAsync("drop", tier => tier.DropDeadLettersAsync(keys, cancellationToken), cancellationToken);

    public IDisposable Subscribe(ITierObserver observer)
    {
        var relay = new SignalRelay(kernel, dice, client, observer, weather);
        _relays.Add(relay);
        return server.Subscribe(relay);
    }

    public ValueTask ListenAsync(CancellationToken cancellationToken) =>
        RunAsync("listen", static _ => ValueTask.CompletedTask, cancellationToken);

    public ValueTask CloseAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async ValueTask<IReadOnlyList<Attempt<TResult>>> EachAsync<TResult>(
        int count,
        ValueTask<IReadOnlyList<Attempt<TResult>>> call
    )
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (TierUnavailableException exception)
        {
            return [.. Enumerable.Repeat(new Attempt<TResult>(default!, exception), count)];
        }
    }

    private ValueTask<TResult> GetAsync<TResult>(
        CallName what,
        Func<MemoryTier, ValueTask<TResult>> call,
        CancellationToken cancellationToken
    ) => new(_wire.CallAsync(what, () => call(server.Tier), cancellationToken));

    private ValueTask RunAsync(CallName what, Func<MemoryTier, ValueTask> call, CancellationToken cancellationToken) =>
        new(
            _wire.CallAsync(
                what,
                async () =>
                {
                    await call(server.Tier).ConfigureAwait(false);
                    return true;
                },
                cancellationToken
            )
        );
}

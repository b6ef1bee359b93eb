using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.Conformance.Tiers;

/// <summary>
/// A tier with faults: hooks run before and after each operation, with its name (<c>nameof(ICacheTier.WriteAsync)</c>). A hook that
/// throws before stands for a server that can't be reached, one that throws after for a lost reply: the operation has happened. A hook
/// that waits holds the operation up.
/// </summary>
internal sealed class FaultyTier(ICacheTier inner) : ICacheTier
{
    private int _calls;

    /// <summary>Runs before the operation; what it throws is what the caller gets.</summary>
    public Func<string, ValueTask>? Before { get; set; }

    /// <summary>Runs after the operation; what it throws is what the caller gets instead of the result.</summary>
    public Func<string, ValueTask>? After { get; set; }

    /// <summary>What reads and writes of a key fail with, given the operation: partitions fail one by one.</summary>
    public Func<string, string, Exception?>? FaultOf { get; set; }

    /// <summary>Stands for a tier that has every level of its own, and is called for each that is waited for.</summary>
    public Func<Durability, ValueTask>? Ensures { get; init; }

    /// <summary>How many entries a take brings at most, as if the others' bytes found no room.</summary>
    public int MostTaken { get; init; } = int.MaxValue;

    /// <summary>Operations called so far.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public string Cache => inner.Cache;

    /// <summary>As if something were wrong that keeps nothing from being flushed.</summary>
    public string? Problem
    {
        get => field ?? inner.Problem;
        set;
    }

    /// <summary>As if something slowed work down.</summary>
    public string? Warning { get; set; }

    /// <summary>As if something kept entries from being flushed.</summary>
    public string? FlushProblem { get; set; }

    /// <summary>The partitions that can't be flushed, as if their servers refused.</summary>
    public IReadOnlyList<HeldPartition> Held { get; set; } = [];

    public int Partitions => inner.Partitions;

    /// <summary>What the inner tier says, unless set.</summary>
    public bool IsLocal
    {
        get => Breaks is { } fault ? throw fault : field;
        init;
    } = inner.IsLocal;

    /// <summary>What even the question throws that no tier fails to answer: a fault that nobody is prepared for.</summary>
    public Exception? Breaks { get; set; }

    /// <summary>Whether its observers hear nothing, as if every signal were still on its way.</summary>
    public bool IsSilent { get; init; }

    // Faults are injected into calls that may wait: a read at once would go past them.
    public bool TryRead(string key, [NotNullWhen(true)] out CacheEntry? entry)
    {
        entry = null;
        return false;
    }

    public long Now => inner.Now;

    public double Fill => inner.Fill;

    /// <summary>How many dirty entries it lost, beside those that the inner tier did.</summary>
    public long Lost { get; set; }

    public long Vanished => inner.Vanished + Lost;

    public string? WhyNot(Durability level) => Ensures is null ? inner.WhyNot(level) : null;

    public bool IsPassing(Durability level) => inner.IsPassing(level);

    public ValueTask EnsureAsync(string key, long version, Durability level, TimeSpan atMost, CancellationToken cancellationToken) =>
        RunAsync(() => Ensures?.Invoke(level) ?? inner.EnsureAsync(key, version, level, atMost, cancellationToken));

    public ValueTask InitializeAsync(CancellationToken cancellationToken) => RunAsync(() => inner.InitializeAsync(cancellationToken));

    public ValueTask<TierRead> ReadAsync(string key, long holder, CancellationToken cancellationToken) =>
        RunAsync(() =>
            FaultOf?.Invoke(nameof(ReadAsync), key) is { } fault ? throw fault : inner.ReadAsync(key, holder, cancellationToken)
        );

    public ValueTask<IReadOnlyList<Attempt<TierRead>>> ReadManyAsync(
        IReadOnlyList<string> keys,
        long holder,
        CancellationToken cancellationToken
    ) => EachAsync(keys, static key => key, asked => inner.ReadManyAsync(asked, holder, cancellationToken));

    public ValueTask<long> TryLeaseAsync(string key, long holder, CancellationToken cancellationToken) =>
        RunAsync(() => inner.TryLeaseAsync(key, holder, cancellationToken));

    public ValueTask<IReadOnlyList<FillResult>> FillAsync(IReadOnlyList<FillRequest> fills, CancellationToken cancellationToken) =>
        RunAsync(() => inner.FillAsync(fills, cancellationToken));

    public ValueTask<bool> ReleaseLeaseAsync(string key, long token, CancellationToken cancellationToken) =>
        RunAsync(() => inner.ReleaseLeaseAsync(key, token, cancellationToken));

    public ValueTask WaitForFillAsync(string key, TimeSpan atMost, CancellationToken cancellationToken) =>
        RunAsync(() => inner.WaitForFillAsync(key, atMost, cancellationToken));

    public ValueTask<TierWriteResult> WriteAsync(TierWrite write, CancellationToken cancellationToken) =>
        RunAsync(() =>
            FaultOf?.Invoke(nameof(WriteAsync), write.Key) is { } fault ? throw fault : inner.WriteAsync(write, cancellationToken)
        );

    public ValueTask<IReadOnlyList<Attempt<TierWriteResult>>> WriteManyAsync(
        IReadOnlyList<TierWrite> writes,
        CancellationToken cancellationToken
    ) => EachAsync(writes, static write => write.Key, asked => inner.WriteManyAsync(asked, cancellationToken));

    public ValueTask InvalidateAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        RunAsync(() => inner.InvalidateAsync(keys, cancellationToken));

    public ValueTask ExpireAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        RunAsync(() => inner.ExpireAsync(keys, cancellationToken));

    public ValueTask InvalidateAllAsync(CancellationToken cancellationToken) => RunAsync(() => inner.InvalidateAllAsync(cancellationToken));

    public ValueTask RemoveByTagAsync(IReadOnlyList<string> tags, CancellationToken cancellationToken) =>
        RunAsync(() => inner.RemoveByTagAsync(tags, cancellationToken));

    public ValueTask ExpireByTagAsync(IReadOnlyList<string> tags, CancellationToken cancellationToken) =>
        RunAsync(() => inner.ExpireByTagAsync(tags, cancellationToken));

    public ValueTask ExpireAllAsync(CancellationToken cancellationToken) => RunAsync(() => inner.ExpireAllAsync(cancellationToken));

    public ValueTask<IReadOnlyList<LivingWorker>> HeartbeatAsync(string worker, TimeSpan duration, CancellationToken cancellationToken) =>
        RunAsync(() => inner.HeartbeatAsync(worker, duration, cancellationToken));

    public ValueTask RegisterAsync(string process, string card, TimeSpan keep, CancellationToken cancellationToken) =>
        RunAsync(() => inner.RegisterAsync(process, card, keep, cancellationToken));

    public ValueTask UnregisterAsync(string process, CancellationToken cancellationToken) =>
        RunAsync(() => inner.UnregisterAsync(process, cancellationToken));

    public ValueTask<IReadOnlyList<RegisteredProcess>> ListProcessesAsync(CancellationToken cancellationToken) =>
        RunAsync(() => inner.ListProcessesAsync(cancellationToken));

    public ValueTask<IReadOnlyList<PartitionLease>> AcquirePartitionsAsync(
        string worker,
        IReadOnlyList<int> partitions,
        TimeSpan duration,
        CancellationToken cancellationToken
    ) => RunAsync(() => inner.AcquirePartitionsAsync(worker, partitions, duration, cancellationToken));

    public ValueTask ReleasePartitionsAsync(IReadOnlyList<PartitionLease> leases, CancellationToken cancellationToken) =>
        RunAsync(() => inner.ReleasePartitionsAsync(leases, cancellationToken));

    public ValueTask<TakenEntries> TakeAsync(
        IReadOnlyList<PartitionLease> leases,
        int max,
        IReadOnlyDictionary<string, long> refused,
        CancellationToken cancellationToken
    ) => RunAsync(() => inner.TakeAsync(leases, Math.Min(max, MostTaken), refused, cancellationToken));

    public ValueTask<IReadOnlyList<SettleResult>> SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken cancellationToken) =>
        RunAsync(() => inner.SettleAsync(settlements, cancellationToken));

    public ValueTask<DirtySummary> GetDirtyAsync(CancellationToken cancellationToken) =>
        RunAsync(() => inner.GetDirtyAsync(cancellationToken));

    public ValueTask<DirtySummary> GetDirtyAsync(IReadOnlyCollection<int> partitions, CancellationToken cancellationToken) =>
        RunAsync(() => inner.GetDirtyAsync(partitions, cancellationToken));

    public ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(int max, CancellationToken cancellationToken) =>
        RunAsync(() => inner.ListDeadLettersAsync(max, cancellationToken));

    public ValueTask<int> ReplayDeadLettersAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        RunAsync(() => inner.ReplayDeadLettersAsync(keys, cancellationToken));

    public ValueTask<int> DropDeadLettersAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        RunAsync(() => inner.DropDeadLettersAsync(keys, cancellationToken));

    public void WantFlush(string? key) => inner.WantFlush(key);

    public IDisposable Subscribe(ITierObserver observer) => inner.Subscribe(IsSilent ? new Deaf() : observer);

    public ValueTask ListenAsync(CancellationToken cancellationToken) => RunAsync(() => inner.ListenAsync(cancellationToken));

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async ValueTask<IReadOnlyList<Attempt<TResult>>> EachAsync<TItem, TResult>(
        IReadOnlyList<TItem> items,
        Func<TItem, string> keyOf,
        Func<IReadOnlyList<TItem>, ValueTask<IReadOnlyList<Attempt<TResult>>>> call,
        [CallerMemberName] string operation = ""
    )
    {
        Attempt<TResult>[] attempts = [.. items.Select(item => new Attempt<TResult>(default!, FaultOf?.Invoke(operation, keyOf(item))))];
        try
        {
            int[] asked = [.. Enumerable.Range(0, attempts.Length).Where(i => attempts[i].Error is null)];
            var results = await RunAsync(() => call([.. asked.Select(i => items[i])]), operation);
            for (var n = 0; n < asked.Length; n++)
            {
                attempts[asked[n]] = results[n];
            }
        }
        catch (TierUnavailableException exception)
        {
            Array.Fill(attempts, new(default!, exception));
        }

        return attempts;
    }

    private async ValueTask<TResult> RunAsync<TResult>(Func<ValueTask<TResult>> call, [CallerMemberName] string operation = "")
    {
        Interlocked.Increment(ref _calls);
        if (Before is { } before)
        {
            await before(operation);
        }

        var result = await call();
        if (After is { } after)
        {
            await after(operation);
        }

        return result;
    }

    private async ValueTask RunAsync(Func<ValueTask> call, [CallerMemberName] string operation = "")
    {
        Interlocked.Increment(ref _calls);
        if (Before is { } before)
        {
            await before(operation);
        }

        await call();
        if (After is { } after)
        {
            await after(operation);
        }
    }

    private sealed class Deaf : ITierObserver;
}

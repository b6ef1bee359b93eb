using System.Runtime.ExceptionServices;
using Remanso.Common;
using Remanso.Stores;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// Passes. A pass runs every flush interval, and at once when the tier signals that it is worth it. A transient error ends
// a lane's pass (FlushLanes); the next one starts after an exponential back-off that signals don't cut short, and with
// smaller parts (BatchPace).
//
// A store that fails every pass is left alone but for a probe after each back-off: StoreCircuit. A flush by hand and
// the drain at a stop are probes, too, while the circuit is open.
//
// What is best effort: the interval (a slow store makes passes longer), and nothing else.
//
// The loop, FlushAsync and DrainAsync never run two passes at once: _gate.

/// <summary>
/// Moves the dirty entries of one cache to its store: take, save, settle.
/// </summary>
internal sealed class Flusher : IDisposable
{
    /// <summary>How long a flusher rests at most, whatever it hears.</summary>
    internal static TimeSpan LongestRest { get; } = TimeSpan.FromSeconds(45);

    // What a tier forgets is found by those alone who looked a moment before.
    private static readonly TimeSpan _lookEvery = TimeSpan.FromSeconds(2);

    // Time for two commands on a machine that stands still for a while: where they fail, its partitions are nobody's for a lease.
    private static readonly TimeSpan _longestLeave = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _longestLeaveAfterDeadline = TimeSpan.FromSeconds(1);

    private readonly ICacheTier _tier;
    private readonly FlushOptions _options;
    private readonly TimeProvider _time;
    private readonly FlushHealth _health;
    private readonly FlushSignal _signal;
    private readonly PartitionLeases _leases;
    private readonly StoreReach _reach;
    private readonly FlushQuiet _quiet;
    private readonly RefusedEntries _refused;
    private readonly FlushLanes _lanes;
    private readonly IDisposable _subscription;
    private readonly Func<bool> _isAwaited;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private bool _foundNothing;

    /// <param name="parts">The cache.</param>
    /// <param name="store">Where its entries go.</param>
    /// <param name="isAwaited">Whether anybody in this process waits for a write to be stored.</param>
    public Flusher(CacheParts parts, IBackingStore<string, ReadOnlyMemory<byte>> store, Func<bool> isAwaited)
    {
        _isAwaited = isAwaited;
        _tier = parts.Tier;
        _options = parts.Options.Flush;
        _time = parts.Time;
        _health = new FlushHealth(parts);
        _leases = new PartitionLeases(_tier, _options, _time);
        _signal = new FlushSignal(_time, _leases.Holds);
        // From the start: a write may ask for a flush before the loop runs.
        _subscription = _tier.Subscribe(_signal);
        _reach = new StoreReach(store.InitializeAsync, _options.Lease, _time, isAlone: _tier.IsLocal);
        _quiet = new FlushQuiet(_tier, parts.Options, _time);
        _refused = new RefusedEntries(_options, _time);
        _lanes = new FlushLanes(parts, store, _health, _leases, _reach, _refused);
    }

    /// <summary>What is wrong with the store, or with what the last passes have shown; or null.</summary>
    public string? Problem
    {
        get
        {
            string[] problems = [.. _health.Problems.Prepend(_reach.Problem).OfType<string>()];
            return problems.Length == 0 ? null : string.Join(": ", problems);
        }
    }

    /// <summary>Why an entry is still dirty: what the store said of it last, or what keeps all of them; null where neither
    /// is known.</summary>
    public string? WhyDirty(string key) => _refused.ErrorOf(key) ?? Problem;

    /// <summary>Whether what only one worker of a cache is to do is this one's, and its store takes writes.</summary>
    public bool Leads => _health.IsWell && _leases.Holds(0) && !_quiet.IsNow;

    /// <summary>The partitions that are this process's to flush now, ascending.</summary>
    public IReadOnlyList<int> Partitions => _leases.Partitions;

    /// <summary>Looks, before this process writes, whether anything was left to it: then its first pass does not wait for an
    /// interval.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            _foundNothing = (await _tier.EstimateDirtyAsync(cancellationToken).ConfigureAwait(false)).Entries == 0;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The first pass will say why.
        }
    }

    /// <summary>Flushes until stopped; a pass that is under way then has until the deadline.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken deadline)
    {
        var keeper = Task.WhenAll(KeepLeasesAsync(stop), KeepLookingAsync(stop));
        try
        {
            while (true)
            {
                var ended = _time.GetTimestamp();
                await _signal.RestAsync(() => MayRestAsync(stop), LongestRest, stop).ConfigureAwait(false);
                var isUrgent = await _signal.WaitAsync(NextPass(_time.GetElapsedTime(ended)), stop).ConfigureAwait(false);
                if (!isUrgent && _quiet.IsNow && !await _quiet.IsHalfFullAsync(stop).ConfigureAwait(false))
                {
                    continue;
                }

                var pass = await PassAsync(isByHand: false, deadline).ConfigureAwait(false);
                if (pass.Error is not null)
                {
                    await Task.Delay(_health.NextDelay(), _time, stop).ConfigureAwait(false);
                }

                // After a back-off the interval has nothing to add, however long it is: somebody may wait for this. But who gave up
                // meanwhile does not; and those who wait in other processes say so again.
                if (pass.Error is not null || (pass.IsProbe && pass.Stored > 0))
                {
                    _signal.Set(isUrgent && _isAwaited());
                }
            }
        }
        catch (Exception exception)
            when (stop.IsCancellationRequested && (exception is OperationCanceledException || deadline.IsCancellationRequested))
        {
            // Whatever the deadline broke off, an exception of the store's own among it.
            await keeper.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Flushes what is dirty now; failures are reported, not retried. What other workers hold is waited for, for
    /// as long as it gets less.</summary>
    /// <param name="deadline">Breaks a pass off.</param>
    /// <param name="cancellationToken">Gives up waiting: a pass that is under way goes on.</param>
    public async ValueTask<FlushReport> FlushAsync(CancellationToken deadline, CancellationToken cancellationToken)
    {
        var watch = await FlushWatch.BeginAsync(_tier, _options.StoredTimeout, _time, cancellationToken).ConfigureAwait(false);
        long stored = 0;
        while (true)
        {
            var passing = PassAsync(isByHand: true, deadline).AsTask();
            passing.Forget();
            var pass = await passing.WaitAsync(cancellationToken).ConfigureAwait(false);
            stored += pass.Stored;
            if (!pass.Failed.IsEmpty)
            {
                if (pass.Stored > 0 && (pass.IsProbe || pass.Error is null) && !pass.IsWhole(_leases.Partitions) && stored < watch.Before)
                {
                    // The store takes writes, and this was a part: a probe, or as many as there was room for beside what it refused.
                    continue;
                }

                return await EndAsync(watch, stored, pass, cancellationToken).ConfigureAwait(false);
            }

            await watch.LookAsync(cancellationToken).ConfigureAwait(false);
            if (!watch.IsDone && !_leases.HoldsAll)
            {
                watch.AskOthers();
            }

            if (pass.Error is { } error && !watch.IsDone)
            {
                // The tier's: nothing that was taken failed, so no key could tell it.
                ExceptionDispatchInfo.Throw(error);
            }

            if (watch.IsDone || !watch.Moves)
            {
                return await watch.ReportAsync(stored, failed: [], cancellationToken).ConfigureAwait(false);
            }

            if (pass.Taken == 0)
            {
                if (_leases.HoldsAll)
                {
                    if (await _leases.HeldAllAsync(pass.Empty, cancellationToken).ConfigureAwait(false))
                    {
                        // What is dirty came after the pass had found nothing in any partition.
                        return await watch.ReportAsync(stored, failed: [], cancellationToken).ConfigureAwait(false) with { Left = 0 };
                    }

                    continue;
                }

                await watch.DelayAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What to tell after a pass in which some keys failed. They are dirty still, so there are no more passes; of the others'
    /// partitions those are waited for that get less, where the store takes writes at all.</summary>
    private async ValueTask<FlushReport> EndAsync(FlushWatch watch, long stored, FlushPass pass, CancellationToken cancellationToken)
    {
        var all = Enumerable.Range(0, _tier.Partitions);
        watch.Narrow(all.Except(pass.Looked.Keys));
        await watch.LookAsync(cancellationToken).ConfigureAwait(false);
        if (pass.Error is null)
        {
            await watch.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (!watch.IsDone)
        {
            watch.AskOthers();
        }

        // What the pass did not come to is left, too, and no key of it is named.
        watch.Narrow(all.Where(partition => !pass.IsWhole([partition])));
        await watch.LookAsync(cancellationToken).ConfigureAwait(false);
        return await watch.ReportAsync(stored, pass.Failed, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>After <see cref="RunAsync"/> has ended: flushes until nothing is dirty or the deadline has come, and
    /// gives the leases back. Of a shared tier one pass in full is enough: it takes all that was accepted before, and what
    /// others write meanwhile, or the store does not take, is kept there for the next worker.</summary>
    /// <returns>What is still dirty, as far as it was this worker's to flush.</returns>
    public async ValueTask<DirtySummary> DrainAsync(CancellationToken deadline)
    {
        var left = default(DirtySummary);
        try
        {
            while (true)
            {
                await KeepForDrainAsync(deadline).ConfigureAwait(false);
                var pass = await PassAsync(isByHand: true, deadline).ConfigureAwait(false);
                if (!_tier.IsLocal)
                {
                    if (pass is { IsProbe: true, Error: null, Stored: > 0 })
                    {
                        // The store is back: the probe has closed the circuit, and looked at a few entries only.
                        continue;
                    }

                    left = pass is { Error: null, Refusal: null } and ({ IsProbe: false } or { Taken: 0 })
                        ? default
                        : await _tier.EstimateDirtyAsync(deadline).ConfigureAwait(false);
                    break;
                }

                left = await _tier.GetDirtyAsync(deadline).ConfigureAwait(false);
                if (left.Entries == 0)
                {
                    break;
                }

                if (StoreErrors.IsOfEndedServices(pass.Error))
                {
                    break;
                }

                if (pass.Error is not null || pass.Refusal is not null)
                {
                    await Task.Delay(_health.NextDelay(), _time, deadline).ConfigureAwait(false);
                }
            }

            return left;
        }
        catch (Exception) when (!_tier.IsLocal)
        {
            // It keeps what is dirty for the other workers, and the leases run out by themselves.
            return left;
        }
        catch (Exception) when (deadline.IsCancellationRequested)
        {
            // Whatever the deadline broke off, an exception of the store's own among it.
            return await _tier.GetDirtyAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            await LeaveAsync(deadline).ConfigureAwait(false);
        }
    }

    /// <summary>Lets the others have its partitions. Where they can't be told, its leases and what it said of its life run out by
    /// themselves.</summary>
    private async ValueTask LeaveAsync(CancellationToken deadline)
    {
        using var limit = new CancellationTokenSource(_longestLeave, _time);
        using var late = deadline.UnsafeRegister(_ => limit.CancelAfter(_longestLeaveAfterDeadline), null);
        await _leases.EndAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async ValueTask KeepForDrainAsync(CancellationToken deadline)
    {
        try
        {
            await _leases.KeepAsync(isAble: true, deadline).ConfigureAwait(false);
        }
        catch (TierUnavailableException) when (!_tier.IsLocal && _leases.Any)
        {
            // Who else is alive can't be told now. What is held may lie on servers that are well, and is flushed.
        }
    }

    public void Dispose()
    {
        _subscription.Dispose();
        _gate.Dispose();
    }

    /// <summary>How long until the next pass: what is left of an interval, as if there had been a pass at the end of each
    /// during the rest.</summary>
    private TimeSpan NextPass(TimeSpan rested) =>
        _refused.NextDue(TimeSpan.FromTicks(_options.Interval.Ticks - (rested.Ticks % _options.Interval.Ticks)));

    /// <summary>Whether the next pass can wait until something is dirty: a tier of this process alone will say so, and no
    /// problem waits to be over. A thousand caches that nobody uses cost next to nothing then.</summary>
    private async ValueTask<bool> MayRestAsync(CancellationToken stop)
    {
        if (!_tier.IsLocal || Problem is not null)
        {
            return false;
        }

        try
        {
            return (await _tier.GetDirtyAsync(stop).ConfigureAwait(false)).Entries == 0;
        }
        catch (Exception) when (!stop.IsCancellationRequested)
        {
            // The pass will say why.
            return false;
        }
    }

    private async Task KeepLeasesAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            _ = _reach.AskIfDueAsync(stop);
            if (!_signal.IsAtRest)
            {
                await BeatAsync(stop).ConfigureAwait(false);
            }

            // At rest there is nothing to keep: the pass that ends it renews what is old.
            await _signal.EndOfRest.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(_leases.KeepEvery, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask BeatAsync(CancellationToken stop)
    {
        var passes = _health.Passes;
        var (hasChanged, failure) = await KeepAsync(stop).ConfigureAwait(false);
        if (!_health.NoteLeases(failure, _leases.Any, passes))
        {
            (var isNew, failure) = await KeepAsync(stop).ConfigureAwait(false);
            hasChanged |= isNew;
            _health.NoteLeases(failure, _leases.Any);
        }

        if (hasChanged && !_tier.IsLocal && !_foundNothing)
        {
            _signal.Set(isUrgent: false);
        }

        // What is dirty by the next beat was written since.
        _foundNothing = false;
    }

    /// <summary>Keeps the leases. After a failure the next beat tries again; a lease that ran out meanwhile is another worker's
    /// to take.</summary>
    private async ValueTask<(bool HasChanged, Exception? Failure)> KeepAsync(CancellationToken stop)
    {
        try
        {
            return (await _leases.KeepAsync(_reach.IsAble, stop).ConfigureAwait(false), null);
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            return (false, exception);
        }
    }

    /// <summary>Looks at what is dirty where no pass does, be it for a long interval, a back-off or quiet hours.</summary>
    private async Task KeepLookingAsync(CancellationToken stop)
    {
        while (!_tier.IsLocal && !stop.IsCancellationRequested)
        {
            await Task.Delay(_lookEvery, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_time.GetElapsedTime(_lanes.LookedAt) < _lookEvery)
            {
                continue;
            }

            try
            {
                await _tier.EstimateDirtyAsync(stop).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // Beats and passes tell it.
            }
        }
    }

    /// <param name="isByHand">Whether what was refused before is tried again although its back-off is not over.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async ValueTask<FlushPass> PassAsync(bool isByHand, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _lanes.PassAsync(isByHand, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }
}

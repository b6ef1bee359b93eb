using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Remanso.Common;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// Passes. A pass runs every flush interval, and at once when the tier signals that it is worth it. It runs in lanes,
// each with its own partitions, so that a key is in one batch at a time; a lane takes, saves and settles batch after
// batch until a take left nothing in the queues, or as much was taken as was dirty when the pass began (a stream
// of new writes must not make it endless).
//
// Crashes and errors between any two steps repeat work and lose nothing: what is taken and not settled is taken again,
// first, with its then current value, and the store's guard turns repetitions into no-ops. A transient error ends the
// lane's pass; the next one starts after an exponential back-off that signals don't cut short, and with smaller parts
// (BatchPace).
//
// Refused entries are looked past: a take asks for as many more as were refused before, and what was never refused is
// saved first. It proves that the store works, so that what it refused is at fault; they are tried again one by one,
// each after a back-off of its own (RefusedEntries), in a bounded number of statements (StatementBudget).
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
    /// <summary>Entries in a probe: few, but more than one, because a store that refuses an entry alone says something
    /// about that entry.</summary>
    private const int ProbeSize = 10;

    /// <summary>How long a flusher rests at most, whatever it hears.</summary>
    internal static TimeSpan LongestRest { get; } = TimeSpan.FromSeconds(45);

    private readonly ICacheTier _tier;
    private readonly FlushOptions _options;
    private readonly TimeProvider _time;
    private readonly CacheCounters _counters;
    private readonly RemansoMeter? _meter;
    private readonly FlushHealth _health;
    private readonly FlushSignal _signal;
    private readonly PartitionLeases _leases;
    private readonly StoreReach _reach;
    private readonly FlushQuiet _quiet;
    private readonly RefusedEntries _refused;
    private readonly BatchSaver[] _lanes;
    private readonly IDisposable _subscription;
    private readonly SemaphoreSlim _gate = new(1, 1);

    public Flusher(CacheParts parts, IBackingStore<string, ReadOnlyMemory<byte>> store)
    {
        _tier = parts.Tier;
        _options = parts.Options.Flush;
        _time = parts.Time;
        _counters = parts.Counters;
        _meter = parts.Meter;
        _health = new FlushHealth(_tier.Cache, _options, _counters, parts.Logger);
        _signal = new FlushSignal(_time);
        // From the start: a write may ask for a flush before the loop runs.
        _subscription = _tier.Subscribe(_signal);
        _leases = new PartitionLeases(_tier, _options, _time);
        _reach = new StoreReach(store.InitializeAsync, _options.Lease, _time);
        _quiet = new FlushQuiet(_tier, parts.Options, _time);
        _refused = new RefusedEntries(_options, _time);
        var budget = new StatementBudget(_time);
        _lanes = [.. Enumerable.Range(0, _options.BatchesInFlight).Select(_ => new BatchSaver(parts, store, _refused, budget))];
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

    /// <summary>Whether what only one worker of a cache is to do is this one's, and its store takes writes.</summary>
    public bool Leads => _health.IsWell && _leases.Holds(0) && !_quiet.IsNow;

    /// <summary>The partitions that are this process's to flush now, ascending.</summary>
    public IReadOnlyList<int> Partitions => _leases.Partitions;

    /// <summary>Asks for a flush before the interval is over: somebody waits.</summary>
    public void Wake() => _signal.Set(isUrgent: true);

    /// <summary>Flushes until stopped; a pass that is under way then has until the deadline.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken deadline)
    {
        var keeper = KeepLeasesAsync(stop);
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

                // After a back-off the interval has nothing to add, however long it is: somebody may wait for this.
                if (pass.Error is not null || (pass.IsProbe && pass.Stored > 0))
                {
                    _signal.Set(isUrgent);
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
            await watch.LookAsync(cancellationToken).ConfigureAwait(false);
            if (pass.Error is { } error && pass.Failed.IsEmpty && !watch.IsDone)
            {
                // The tier's: nothing that was taken failed, so no key could tell it.
                ExceptionDispatchInfo.Throw(error);
            }

            if (!pass.Failed.IsEmpty || watch.IsDone || !watch.Moves)
            {
                return await watch.ReportAsync(stored, pass.Failed, cancellationToken).ConfigureAwait(false);
            }

            if (pass.Taken == 0)
            {
                if (_leases.HoldsAll)
                {
                    if (await _leases.HeldAllAsync(cancellationToken).ConfigureAwait(false))
                    {
                        // What is dirty came after the pass had found nothing in any partition.
                        return new FlushReport(stored, pass.Failed);
                    }

                    continue;
                }

                // Other workers hold the rest.
                await Task.Delay(TimeSpan.FromMilliseconds(20), _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>After <see cref="RunAsync"/> has ended: flushes until nothing is dirty or the deadline has come, and
    /// gives the leases back. Of a shared tier one pass is enough: it takes all that was accepted before, and what
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
                    left =
                        pass.Error is null && pass.Refusal is null
                            ? default
                            : await _tier.EstimateDirtyAsync(deadline).ConfigureAwait(false);
                    break;
                }

                left = await _tier.GetDirtyAsync(deadline).ConfigureAwait(false);
                if (left.Entries == 0)
                {
                    break;
                }

                if (pass.Error is not null || pass.Refusal is not null)
                {
                    await Task.Delay(_health.NextDelay(), _time, deadline).ConfigureAwait(false);
                }
            }

            await _leases.ReleaseAsync(deadline).ConfigureAwait(false);
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
            try
            {
                _ = _reach.AskIfDueAsync(stop);
                if (!_signal.IsAtRest)
                {
                    await _leases.KeepAsync(_reach.IsAble, stop).ConfigureAwait(false);
                    _health.NoteLeases(null);
                }
            }
            catch (Exception exception) when (!stop.IsCancellationRequested)
            {
                // The next beat tries again; a lease that ran out meanwhile is another worker's to take.
                _health.NoteLeases(exception.Message);
            }

            // At rest there is nothing to keep: the pass that ends it renews what is old.
            await _signal.EndOfRest.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(_leases.KeepEvery, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <param name="isByHand">Whether what was refused before is tried again although its back-off is not over.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async ValueTask<FlushPass> PassAsync(bool isByHand, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await PassAloneAsync(isByHand, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask<FlushPass> PassAloneAsync(bool isByHand, CancellationToken cancellationToken)
    {
        var pass = _health.Begin(isByHand);
        try
        {
            // At rest nobody renewed them.
            if (!_leases.Any || _leases.AreOld)
            {
                await _leases.KeepAsync(_reach.IsAble, cancellationToken).ConfigureAwait(false);
            }

            _refused.KeepOnly(_leases.Holds);
            var dirty = await _tier.EstimateDirtyAsync(cancellationToken).ConfigureAwait(false);
            var budget = dirty.Entries;
            _refused.LimitDeadLetters(_options.MaxDeadLetters - dirty.DeadLetters);
            _health.NoteDeadLetters(dirty.DeadLetters);
            // What fits into one batch leaves as one: the commit is what it costs. A tier of this process alone knows for sure
            // that there is nothing.
            var lanes =
                budget > _options.BatchSize && !pass.IsProbe ? _lanes.Length
                : budget == 0 && _tier.IsLocal ? 0
                : 1;
            await Task.WhenAll(Enumerable.Range(0, lanes).Select(lane => RunLaneAsync(lane, lanes, pass, budget, cancellationToken)))
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            pass.Error = exception;
        }
        catch
        {
            _health.GiveUp();
            throw;
        }

        _health.End(pass);
        return pass;
    }

    private async Task RunLaneAsync(int lane, int lanes, FlushPass pass, long budget, CancellationToken cancellationToken)
    {
        var size = pass.IsProbe ? Math.Min(_options.BatchSize, ProbeSize) : _options.BatchSize;
        bool hasMore;
        do
        {
            await _leases.YieldAsync(lane, lanes, cancellationToken).ConfigureAwait(false);
            var leases = _leases.Of(lane, lanes);
            // What is taken and not settled comes first, what was refused before among it: so as many more, to look past it.
            var refused = _refused.KeysIn(leases, pass.IsByHand);
            var taken = await _tier.TakeAsync(leases, size + refused.Count, refused, cancellationToken).ConfigureAwait(false);
            var (fresh, due) = _refused.Divide(leases, taken, taken.HeldBack, isAll: !taken.HasMore, pass.IsByHand);
            if (fresh.Count == 0 && due.Length == 0)
            {
                pass.Refusal ??= _refused.Sample(taken);
                return;
            }

            // Never more than a batch of the others in one go, however many were refused before.
            foreach (var batch in fresh.Concat(due.Chunk(size)))
            {
                pass.AddTaken(batch.Sum(static entry => entry.Versions));
                if (!await FlushBatchAsync(_lanes[lane], batch, pass, cancellationToken).ConfigureAwait(false))
                {
                    NoteLeft(due, pass);
                    return;
                }
            }

            hasMore = taken.HasMore && fresh.Count > 0;
        } while (!pass.IsProbe && hasMore && pass.Taken < budget);
    }

    /// <summary>Saves and settles one batch; false where the store can't take more now.</summary>
    private async ValueTask<bool> FlushBatchAsync(BatchSaver saver, TakenEntry[] batch, FlushPass pass, CancellationToken cancellationToken)
    {
        Array.Sort(batch, static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        using var activity = RemansoMeter.StartActivity(
            "remanso.flush",
            _tier.Cache,
            batch.Length,
            RemansoMeter.Activities.HasListeners() ? _counters.Traces.LinksTo(batch) : null
        );
        activity?.SetTag("entries", batch.Length);
        var start = _time.GetTimestamp();
        try
        {
            var saved = await SaveAsync(saver, batch, cancellationToken).ConfigureAwait(false);
            await SettleAsync(saved.Settlements, pass, cancellationToken).ConfigureAwait(false);
            _meter?.Flushed(_tier.Cache, _time.GetElapsedTime(start), batch.Length, saved.Settlements, _tier.Now);
            _counters.Traces.Stored(saved.Settlements);
            _counters.Events.Flushed(saved.Settlements, _time.GetElapsedTime(start));
            foreach (var (entry, error) in saved.Refused)
            {
                pass.Failed[entry.Key] = error;
                pass.Refusal = error;
            }

            if (saved.Failure is { } failure)
            {
                // What it refuses for good comes back as such: this is a failure of the store itself.
                pass.StoreFailed = true;
                NoteFailure(failure, saved.Untried, pass);
                _counters.Events.FlushFailed(batch.Length - saved.Settlements.Count, failure);
            }

            return saved.IsComplete;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            NoteFailure(exception, batch, pass);
            _counters.Events.FlushFailed(batch.Length, exception);
            return false;
        }
    }

    /// <summary>What was refused before and is not tried now has failed as well.</summary>
    private static void NoteLeft(TakenEntry[] due, FlushPass pass)
    {
        if ((pass.Error?.Message ?? pass.Refusal) is not { } error)
        {
            return;
        }

        foreach (var entry in due)
        {
            pass.Failed.TryAdd(entry.Key, error);
        }
    }

    private void NoteFailure(Exception exception, IEnumerable<TakenEntry> entries, FlushPass pass)
    {
        _counters.FlushErrors.Add();
        pass.Error = exception;
        foreach (var entry in entries)
        {
            pass.Failed.TryAdd(entry.Key, exception.Message);
        }
    }

    private async ValueTask<SavedBatch> SaveAsync(BatchSaver saver, IReadOnlyList<TakenEntry> batch, CancellationToken cancellationToken)
    {
        var save = _reach.Begin();
        bool? hasFailed = true;
        try
        {
            var saved = await saver.SaveAsync(batch, cancellationToken).ConfigureAwait(false);
            hasFailed = saved.Failure is not null && saved.Settlements.Count == 0;
            return saved;
        }
        catch when (cancellationToken.IsCancellationRequested)
        {
            hasFailed = null;
            throw;
        }
        finally
        {
            _reach.End(save, hasFailed);
        }
    }

    private async ValueTask SettleAsync(List<Settlement> settlements, FlushPass pass, CancellationToken cancellationToken)
    {
        if (settlements.Count == 0)
        {
            return;
        }

        var results = await _tier.SettleAsync(settlements, cancellationToken).ConfigureAwait(false);
        if (results.Contains(SettleResult.Unknown))
        {
            // Not left to the next interval: somebody may wait for it.
            pass.Error ??= new TierUnavailableException("A partition could not be settled, and is flushed again.", mayHaveHappened: true);
        }

        for (var i = 0; i < settlements.Count; i++)
        {
            var settlement = settlements[i];
            if (settlement.Kind != SettlementKind.DeadLettered)
            {
                pass.AddStored(settlement.Taken.Versions);
            }
            else if (results[i] == SettleResult.Settled)
            {
                _refused.Forget(settlement.Taken.Key);
                _counters.DeadLettered.Add();
                _counters.Events.DeadLettered(settlement);
                pass.Failed[settlement.Taken.Key] = settlement.Error!;
            }
        }
    }
}

using Remanso.Common;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// Lanes. Each has its own partitions, so that a key is in one batch at a time; a lane takes, saves and settles batch after
// batch until a take left nothing in the queues, or as much was taken as was dirty when the pass began (a stream of new
// writes must not make it endless).
//
// Crashes and errors between any two steps repeat work and lose nothing: what is taken and not settled is taken again,
// first, with its then current value, and the store's guard turns repetitions into no-ops.
//
// Refused entries are looked past: a take asks for as many more as were refused before, and what was never refused is
// saved first. It proves that the store works, so that what it refused is at fault; they are tried again one by one,
// each after a back-off of its own (RefusedEntries), in a bounded number of statements (StatementBudget).

/// <summary>
/// One pass over the queues of a cache, in lanes side by side: take, save, settle.
/// </summary>
internal sealed class FlushLanes
{
    /// <summary>Entries in a probe: few, but more than one, because a store that refuses an entry alone says something
    /// about that entry.</summary>
    private const int ProbeSize = 10;

    private readonly ICacheTier _tier;
    private readonly FlushOptions _options;
    private readonly TimeProvider _time;
    private readonly CacheCounters _counters;
    private readonly RemansoMeter? _meter;
    private readonly FlushHealth _health;
    private readonly PartitionLeases _leases;
    private readonly StoreReach _reach;
    private readonly FlushRoom _room;
    private readonly RefusedEntries _refused;
    private readonly BatchSaver[] _lanes;
    private long _lookedAt;

    /// <param name="parts">The cache.</param>
    /// <param name="store">Where its entries go.</param>
    /// <param name="health">Notes how each pass began and ended.</param>
    /// <param name="leases">Which partitions are this process's.</param>
    /// <param name="reach">Notes whether the store answers.</param>
    /// <param name="refused">What the store refused and is tried again.</param>
    public FlushLanes(
        CacheParts parts,
        IBackingStore<string, ReadOnlyMemory<byte>> store,
        FlushHealth health,
        PartitionLeases leases,
        StoreReach reach,
        RefusedEntries refused
    )
    {
        _tier = parts.Tier;
        _options = parts.Options.Flush;
        _time = parts.Time;
        _counters = parts.Counters;
        _meter = parts.Meter;
        _health = health;
        _leases = leases;
        _reach = reach;
        _room = new FlushRoom(_tier, parts.Options);
        _refused = refused;
        var budget = new StatementBudget(_time);
        _lanes = [.. Enumerable.Range(0, _options.BatchesInFlight).Select(_ => new BatchSaver(parts, store, _refused, budget))];
    }

    /// <summary>When a pass looked last at what is dirty.</summary>
    public long LookedAt => Volatile.Read(ref _lookedAt);

    /// <summary>Runs one pass; the caller runs one at a time.</summary>
    /// <param name="isByHand">Whether what was refused before is tried again although its back-off is not over.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<FlushPass> PassAsync(bool isByHand, CancellationToken cancellationToken)
    {
        var pass = _health.Begin(isByHand);
        try
        {
            if (_leases.AreDue)
            {
                await _leases.KeepAsync(_reach.IsAble, cancellationToken).ConfigureAwait(false);
            }

            _refused.KeepOnly(_leases.Holds);
            var looked = _time.GetTimestamp();
            Volatile.Write(ref _lookedAt, looked);
            var dirty = await _tier.EstimateDirtyAsync(cancellationToken).ConfigureAwait(false);
            var budget = dirty.Entries;
            pass.InTime = (looked, _room.TimeLeft(dirty));
            _refused.LimitDeadLetters(_options.MaxDeadLetters - dirty.DeadLetters);
            _health.NoteDeadLetters(dirty.DeadLetters);
            // What fits into one batch leaves as one: the commit is what it costs. A tier of this process alone knows for sure
            // that there is nothing.
            var lanes =
                budget > _options.BatchSize && !pass.IsProbe ? _lanes.Length
                : budget == 0 && _tier.IsLocal ? 0
                : 1;
            if (lanes == 0)
            {
                pass.NoteEmpty(_leases.Of(lane: 0, lanes: 1));
            }

            await Task.WhenAll(Enumerable.Range(0, lanes).Select(lane => RunLaneAsync(lane, lanes, pass, budget, cancellationToken)))
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            _counters.FlushErrors.Add();
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
            pass.NoteLook(leases);
            var (fresh, due) = _refused.Divide(leases, taken, taken.HeldBack, isAll: !taken.HasMore, pass.IsByHand);
            if (fresh.Count == 0 && due.Length == 0)
            {
                pass.Refusal ??= _refused.Sample(taken);
                pass.NoteEmpty(leases);
                pass.NoteLook(leases, isWhole: !taken.HasMore);
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

            pass.NoteLook(leases, isWhole: !taken.HasMore);
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
        var saved = new SavedBatch();
        try
        {
            var hasTime = _time.GetElapsedTime(pass.InTime.Since, start) < pass.InTime.For;
            await SaveAsync(saver, batch, saved, hasTime, pass, cancellationToken).ConfigureAwait(false);
            await SettleAsync(saved.Settlements, pass, cancellationToken).ConfigureAwait(false);
            var settlements = saved.All;
            Tell(settlements, batch.Length, start);
            foreach (var (entry, error) in saved.Refused)
            {
                pass.Failed[entry.Key] = error;
                (pass.Refusal, pass.RefusedBy) = (error, saved.RefusedBy);
            }

            if (saved.Failure is { } failure)
            {
                // What it refuses for good comes back as such: this is a failure of the store itself.
                pass.StoreFailed = true;
                NoteFailure(failure, saved.Untried, pass);
                _counters.Events.FlushFailed(batch.Length - settlements.Count, failure);
            }

            return saved.IsComplete;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // What was settled on the way is stored all the same.
            var settled = saved.Settled.Select(static one => one.Taken.Key).ToHashSet(StringComparer.Ordinal);
            if (settled.Count > 0)
            {
                Tell(saved.Settled, settled.Count, start);
            }

            NoteFailure(exception, batch.Where(entry => !settled.Contains(entry.Key)), pass);
            _counters.Events.FlushFailed(batch.Length - settled.Count, exception);
            return false;
        }
    }

    private void Tell(List<Settlement> settlements, int entries, long start)
    {
        _meter?.Flushed(_tier.Cache, _time.GetElapsedTime(start), entries, settlements, _tier.Now);
        _counters.Traces.Stored(settlements);
        _counters.Events.Flushed(settlements, _time.GetElapsedTime(start));
    }

    /// <summary>What was refused before and is not tried now has failed as well.</summary>
    private static void NoteLeft(TakenEntry[] due, FlushPass pass)
    {
        if ((pass.Error is { } failure ? ErrorText.Of(failure.Message) : pass.Refusal) is not { } error)
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
            pass.Failed.TryAdd(entry.Key, ErrorText.Of(exception.Message));
        }
    }

    private async ValueTask SaveAsync(
        BatchSaver saver,
        IReadOnlyList<TakenEntry> batch,
        SavedBatch saved,
        bool hasTime,
        FlushPass pass,
        CancellationToken cancellationToken
    )
    {
        var save = _reach.Begin();
        bool? hasFailed = true;
        try
        {
            await saver.SaveAsync(batch, saved, hasTime, SettleStoredAsync, cancellationToken).ConfigureAwait(false);
            hasFailed = saved.Failure is not null && !saved.HasProgress;
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

        async ValueTask SettleStoredAsync(List<Settlement> stored)
        {
            // It answers, however long the whole batch takes.
            _reach.End(save, failed: false);
            save = _reach.Begin();
            await SettleAsync(stored, pass, cancellationToken).ConfigureAwait(false);
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

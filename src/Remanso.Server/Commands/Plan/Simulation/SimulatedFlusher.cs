using System.Collections.Frozen;
using Remanso.ReadThrough;
using Remanso.Tiers;
using Remanso.Tiers.Memory;
using Remanso.WriteBehind;

namespace Remanso.Server.Commands.Plan.Simulation;

// A pass begins an interval after the end of the one before, or when the tier says that a batch is full. It runs in
// lanes with their own partitions; a lane takes, saves and settles until a take has left nothing, or the pass has taken
// as much as was dirty when it began. The shares, the lanes, what is taken and what a settlement changes are the
// product's.

/// <summary>One worker: what Flusher does while nothing fails, in simulated time and on the product's own tier.</summary>
internal sealed class SimulatedFlusher : ITierObserver
{
    // At a stop: how long what is left, which others hold, is waited for.
    private const long OthersMicros = 20_000;

    private readonly SimulatedWorld _world;
    private readonly FlushOptions _options;
    private readonly IReadOnlyList<PartitionLease> _leases;
    private readonly long _interval;
    private long _wakeAt;
    private long _turn;
    private long _taken;
    private int _lanes;
    private bool _isWanted;
    private bool _isParked;

    /// <param name="world">The world.</param>
    /// <param name="workers">The names of all workers, sorted.</param>
    /// <param name="worker">This one's.</param>
    public SimulatedFlusher(SimulatedWorld world, string[] workers, string worker)
    {
        _world = world;
        _options = world.Options.Flush;
        _interval = _options.Interval.Ticks / TimeSpan.TicksPerMicrosecond;
        var share = FlushPlanner.Share(
            [.. workers.Select(static name => new LivingWorker(name, WorkerStanding.Settled, IsSilent: false))],
            worker,
            world.Tier.Partitions
        );
        _leases = SimulatedReader.Done(
            world.Tier.AcquirePartitionsAsync(worker, share, TimeSpan.FromDays(365_000), CancellationToken.None)
        );
        world.Tier.Subscribe(this);
        WakeAt(_interval);
    }

    /// <summary>Whether passes follow each other until nothing is dirty, as at a stop.</summary>
    public bool Drains { get; set; }

    public bool HearsChanges => false;

    private long Now => _world.Time.Micros;

    public void OnFlushWanted(bool isUrgent, int? partition) => _isWanted = true;

    /// <summary>After every write: a full batch leaves at once, and a worker that had nothing to do looks again at its
    /// next interval.</summary>
    public void Written()
    {
        if (_lanes > 0)
        {
            return;
        }

        if (_isWanted)
        {
            WakeAt(Now);
        }
        else if (_isParked)
        {
            WakeAt(_wakeAt + (((Now - _wakeAt) / _interval) + 1) * _interval);
        }
    }

    /// <summary>Flushes at once.</summary>
    public void Wake()
    {
        if (_lanes == 0)
        {
            WakeAt(Now);
        }
    }

    private void WakeAt(long micros)
    {
        _isParked = false;
        _wakeAt = micros;
        var turn = ++_turn;
        _world.Agenda.Add(micros, () =>
        {
            // Unless it was woken earlier since.
            if (turn == _turn)
            {
                Pass();
            }
        });
    }

    private void Pass()
    {
        _isWanted = false;
        var dirty = _world.Tier.Dirty.Entries;
        if (dirty == 0)
        {
            _isParked = true;
            return;
        }

        _taken = 0;
        var lanes = dirty > _options.BatchSize ? _options.BatchesInFlight : 1;
        _lanes = lanes;
        for (var lane = 0; lane < lanes; lane++)
        {
            Take([.. _leases.Where(lease => PartitionLeases.LaneOf(lease.Partition, lanes, _world.Tier.Partitions) == lane)], dirty);
        }
    }

    private void Take(PartitionLease[] lane, long budget)
    {
        var taken = SimulatedReader.Done(
            _world.Tier.TakeAsync(lane, _options.BatchSize, FrozenDictionary<string, long>.Empty, CancellationToken.None)
        );
        if (taken.Count == 0)
        {
            EndLane();
            return;
        }

        _taken += taken.Count;
        foreach (var entry in taken)
        {
            _world.Unsaved.Taken(_world.Trace.IndexOf(entry.Key));
        }

        _world.Counts.Batches++;
        _world.Agenda.Add(_world.Store.StoredAt(Now, taken.Count), () =>
        {
            Settle(taken);
            if (taken.HasMore && _taken < budget)
            {
                Take(lane, budget);
            }
            else
            {
                EndLane();
            }
        });
    }

    private void Settle(TakenEntries taken)
    {
        var (ttl, now) = (_world.Options.Ttl, _world.Tier.Now);
        var settlements = new Settlement[taken.Count];
        for (var i = 0; i < settlements.Length; i++)
        {
            var entry = taken[i];
            var key = _world.Trace.IndexOf(entry.Key);
            _world.Store.Save(key, entry.Entry);
            _world.Unsaved.Stored(key);
            _world.Counts.Lag.Add(TimeSpan.FromMicroseconds(now - ((Marker)entry.Marker!).Since));
            settlements[i] = new Settlement
            {
                Taken = entry,
                Kind = SettlementKind.Stored,
                Ttl = TtlJitter.Apply(entry.Entry.IsTombstone ? ttl.Absent : ttl.Base, ttl.Jitter, _world.Random.NextDouble()),
                Grace = entry.Entry.IsTombstone ? TimeSpan.Zero : ttl.Grace,
            };
        }

        _world.Counts.Rows += taken.Count;
        _ = SimulatedReader.Done(_world.Tier.SettleAsync(settlements, CancellationToken.None));
    }

    private void EndLane()
    {
        if (--_lanes > 0)
        {
            return;
        }

        if (Drains && _world.Tier.Dirty.Entries == 0)
        {
            _isParked = true;
            _wakeAt = Now;
        }
        else
        {
            WakeAt(
                Drains ? Now + (_taken == 0 ? OthersMicros : 0)
                : _isWanted ? Now
                : Now + _interval
            );
        }
    }
}

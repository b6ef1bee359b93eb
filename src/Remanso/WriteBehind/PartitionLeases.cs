using System.Runtime.ExceptionServices;
using Remanso.Common;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// What a share is, and which workers count, FlushPlanner says.
//
// A partition that became another worker's share is given up by YieldAsync, which the flusher calls where nothing taken
// from it is unsettled; until then its lease is renewed, so that there is no gap and no hand-over in the middle of a
// batch. A lease that could not be renewed is dropped here as soon as the tier says so; the tier's fencing refuses what
// comes under it anyway.

/// <summary>
/// The partition leases of one worker: keeps them alive, and shares the partitions fairly with the other living workers.
/// </summary>
internal sealed class PartitionLeases(ICacheTier tier, FlushOptions options, TimeProvider time)
{
    private readonly string _worker = $"{Environment.MachineName}:{Environment.ProcessId}:{Chance.NextId():x}";

    private volatile IReadOnlyList<PartitionLease> _held = [];
    private volatile HashSet<int> _partitions = [];
    private volatile HashSet<int> _share = [];
    private volatile bool _isOver;
    private IReadOnlyList<PartitionLease> _told = [];
    private HashSet<int> _foreign = [];
    private long _keptAt;

    /// <summary>How often <see cref="KeepAsync"/> is to be called: often enough to survive two lost renewals, and to
    /// notice workers that come and go, of which a tier of this process alone has none.</summary>
    public TimeSpan KeepEvery { get; } =
        TimeSpan.FromTicks(tier.IsLocal ? options.Lease.Ticks / 3 : Math.Min(options.Lease.Ticks / 3, TimeSpan.TicksPerSecond));

    /// <summary>The partitions whose leases are held, as far as is known here, ascending.</summary>
    public IReadOnlyList<int> Partitions => [.. _partitions.Order()];

    /// <summary>Whether a pass has to call <see cref="KeepAsync"/> first. On a tier of this process alone nobody does so at rest; on a
    /// shared one those without a lease do it at their beat.</summary>
    public bool AreDue =>
        !_isOver
        && Volatile.Read(ref _keptAt) is var kept
        && (
            kept == 0
            || (tier.IsLocal ? !Any || time.GetElapsedTime(kept) > KeepEvery * 1.5 : !Any && time.GetElapsedTime(kept) > KeepEvery)
        );

    /// <summary>Whether any lease is held.</summary>
    public bool Any => Held.Count > 0;

    /// <summary>Whether every partition is held, and none of them another worker's share.</summary>
    public bool HoldsAll => Held.Count == tier.Partitions && _share.Count == tier.Partitions;

    private IReadOnlyList<PartitionLease> Held
    {
        get => _held;
        set => (_held, _partitions) = (value, value.Select(static lease => lease.Partition).ToHashSet());
    }

    /// <summary>Which lane a partition belongs to, whoever holds it: lanes are ranges. A worker's share is a
    /// remainder, so that of lanes which are remainders, too, some would be without a partition.</summary>
    public static int LaneOf(int partition, int lanes, int partitions) => (int)((long)partition * lanes / partitions);

    /// <summary>Renews the leases of all partitions.</summary>
    /// <param name="looked">The leases under which a pass looked for something to take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it looked into every partition, under leases in force: a take under one that had ended gives nothing.</returns>
    public async ValueTask<bool> HeldAllAsync(IReadOnlyCollection<PartitionLease> looked, CancellationToken cancellationToken)
    {
        await AcquireAsync([.. Enumerable.Range(0, tier.Partitions)], cancellationToken).ConfigureAwait(false);
        return Held.Count == tier.Partitions && looked.Count == Held.Count && !Held.Except(looked).Any();
    }

    /// <summary>Whether the lease of a partition is held, as far as is known here.</summary>
    public bool Holds(int partition) => _partitions.Contains(partition);

    /// <summary>The leases of one lane, without those that are another worker's share by now.</summary>
    public IReadOnlyList<PartitionLease> Of(int lane, int lanes) =>
        [.. Held.Where(lease => LaneOf(lease.Partition, lanes, tier.Partitions) == lane && _share.Contains(lease.Partition))];

    /// <summary>Renews what is held and takes what is this worker's share and free.</summary>
    /// <param name="isAble">Whether the store takes what this worker saves. Where it does not, everything is given to
    /// the other workers: what is on its way under a lease that is given up changes nothing, by the tier's fencing and
    /// the store's guard.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether a pass should follow: a partition was taken, where nobody may have heard what was wanted, or one is held
    /// that became another worker's share, who waits for it.</returns>
    public async ValueTask<bool> KeepAsync(bool isAble, CancellationToken cancellationToken)
    {
        if (_isOver)
        {
            return false;
        }

        Volatile.Write(ref _keptAt, time.GetTimestamp());
        if (!isAble && await LeaveAsync(cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        Exception? unknown = null;
        try
        {
            var workers = await tier.HeartbeatAsync(_worker, options.Lease, cancellationToken).ConfigureAwait(false);
            _share = FlushPlanner.Share(workers, _worker, tier.Partitions).ToHashSet();
        }
        catch (TierUnavailableException exception) when (Held.Count > 0)
        {
            // Who else is alive can't be told now. What is held here may lie on servers that are well.
            unknown = exception;
        }

        var wanted = Held.Select(static lease => lease.Partition).Union(_share).Order().ToArray();
        await AcquireAsync(wanted, cancellationToken).ConfigureAwait(false);
        if (unknown is not null)
        {
            ExceptionDispatchInfo.Throw(unknown);
        }

        // The shares may change at each beat: a pass is under way for those that were foreign at the last one.
        var (held, foreign) = (Held, _partitions.Except(_share).ToHashSet());
        var isNews = held.Except(_told).Any() || foreign.Except(_foreign).Any();
        (_told, _foreign) = (held, foreign);
        return isNews;
    }

    /// <summary>Gives up everything for good, and leaves the others: they need not wait until this worker's life is over. The two
    /// are on servers of which one may hang.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        // A flush by hand may still be under way.
        _isOver = true;
        var leaving = tier.HeartbeatAsync(_worker, TimeSpan.Zero, cancellationToken).AsTask();
        await Task.WhenAll(ReleaseAsync(cancellationToken).AsTask(), leaving).ConfigureAwait(false);
    }

    private async ValueTask AcquireAsync(int[] partitions, CancellationToken cancellationToken)
    {
        Held = await tier.AcquirePartitionsAsync(_worker, partitions, options.Lease, cancellationToken).ConfigureAwait(false);
        if (_isOver)
        {
            // It left meanwhile: this, and its last heartbeat, came behind that.
            await EndAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> LeaveAsync(CancellationToken cancellationToken)
    {
        var others = await tier.HeartbeatAsync(_worker, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        if (others.All(static worker => worker.IsSilent))
        {
            // Somebody has to try.
            return false;
        }

        _share = [];
        await ReleaseAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Gives up the lane's partitions that are another worker's share; to be called while nothing taken from
    /// them is unsettled.</summary>
    public async ValueTask YieldAsync(int lane, int lanes, CancellationToken cancellationToken)
    {
        var foreign = Held.Where(lease => LaneOf(lease.Partition, lanes, tier.Partitions) == lane && !_share.Contains(lease.Partition))
            .ToArray();
        if (foreign.Length > 0)
        {
            Held = [.. Held.Except(foreign)];
            await tier.ReleasePartitionsAsync(foreign, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives up everything.</summary>
    public async ValueTask ReleaseAsync(CancellationToken cancellationToken)
    {
        var held = Held;
        Held = [];
        await tier.ReleasePartitionsAsync(held, cancellationToken).ConfigureAwait(false);
    }
}

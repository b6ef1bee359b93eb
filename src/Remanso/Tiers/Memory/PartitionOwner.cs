namespace Remanso.Tiers.Memory;

/// <summary>Who may flush a partition; guarded by the partition's gate.</summary>
internal sealed class PartitionOwner(int partition)
{
    private PartitionLease? _lease;
    private long _until;
    private long _lastToken;

    /// <summary>Takes or renews the lease; null while another worker holds it.</summary>
    internal PartitionLease? Acquire(string worker, long now, TimeSpan duration)
    {
        var held = _lease is not null && now < _until;
        if (held && _lease!.Worker != worker)
        {
            return null;
        }

        if (!held)
        {
            // Never below the clock: a store that remembers tokens must not take a restarted tier's for a zombie's.
            _lastToken = Math.Max(_lastToken + 1, now);
            _lease = new PartitionLease(partition, worker, _lastToken);
        }

        _until = TierClock.After(now, duration);
        return _lease;
    }

    /// <summary>Whether this lease is in force.</summary>
    internal bool Holds(PartitionLease lease, long now) =>
        now < _until && _lease is not null && _lease.FencingToken == lease.FencingToken && _lease.Worker == lease.Worker;

    /// <summary>Ends the lease, if it is still this one.</summary>
    internal void Release(PartitionLease lease)
    {
        if (_lease?.FencingToken == lease.FencingToken)
        {
            _lease = null;
        }
    }
}

namespace Remanso.Tiers.Memory;

/// <summary>Who is alive, and which worker flushes which partition. Whoever says that it is alive also sets off what a tier at
/// rest has to do now and then.</summary>
internal sealed class WorkerStep(MemoryState state, InvalidateStep invalidation)
{
    private readonly WorkerRoster _workers = new();
    private readonly ProcessRoster _processes = new();

    /// <returns>The workers that are alive.</returns>
    internal LivingWorker[] Heartbeat(string worker, TimeSpan duration)
    {
        state.ClockWatch.CatchUp();
        invalidation.Sweep();
        return _workers.Heartbeat(worker, state.Clock.Now, duration);
    }

    internal void Register(string process, string card, TimeSpan keep)
    {
        state.ClockWatch.CatchUp();
        invalidation.Sweep();
        _processes.Register(process, card, state.Clock.Now, keep);
    }

    internal void Unregister(string process) => _processes.Unregister(process);

    internal RegisteredProcess[] ListProcesses()
    {
        state.ClockWatch.CatchUp();
        return _processes.List(state.Clock.Now);
    }

    /// <returns>Leases of those partitions that no other worker holds.</returns>
    internal List<PartitionLease> Acquire(string worker, IReadOnlyList<int> partitions, TimeSpan duration)
    {
        var leases = new List<PartitionLease>(partitions.Count);
        foreach (var index in partitions)
        {
            var partition = state.Partitions[index];
            lock (partition.Gate)
            {
                if (partition.Owner.Acquire(worker, state.Clock.Now, duration) is { } lease)
                {
                    leases.Add(lease);
                }
            }
        }

        return leases;
    }

    internal void Release(IReadOnlyList<PartitionLease> leases)
    {
        foreach (var lease in leases)
        {
            var partition = state.Partitions[lease.Partition];
            lock (partition.Gate)
            {
                partition.Owner.Release(lease);
            }
        }
    }
}

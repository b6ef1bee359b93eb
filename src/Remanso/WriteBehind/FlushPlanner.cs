using Remanso.Stores;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>The flusher's decisions, as pure functions.</summary>
internal static class FlushPlanner
{
    private const int RefusalLimit = 3;
    private const int PassingLimit = 8;

    /// <summary>The partitions that are this worker's fair share: every worker that sees the same living workers comes
    /// to the same shares, which are disjoint, and complete. They differ by one partition at most while nobody is silent.</summary>
    /// <param name="workers">The living workers, sorted.</param>
    /// <param name="worker">This one, which has just said that it is alive.</param>
    /// <param name="partitions">The number of partitions.</param>
    /// <remarks>A worker that dies and comes back every few seconds has a new name each time, and leaves what it holds to nobody for a
    /// lease. So who is on trial gets nothing while somebody else is well; and what belongs to one that is silent, others stand in for,
    /// each for a part of it. That moves nothing else to and fro, and nothing at all while the silent one's leases last.</remarks>
    public static IReadOnlyList<int> Share(IReadOnlyList<LivingWorker> workers, string worker, int partitions)
    {
        LivingWorker[] owners = [.. Owners(workers)];
        LivingWorker[] standIns = [.. owners.Where(static one => !one.IsSilent)];
        return [.. Enumerable.Range(0, partitions).Where(partition => OwnerOf(partition) == worker)];

        string? OwnerOf(int partition)
        {
            var owner = owners[partition % owners.Length];
            return !owner.IsSilent ? owner.Name
                : standIns.Length > 0 ? standIns[partition / owners.Length % standIns.Length].Name
                : null;
        }
    }

    /// <summary>Those among whom the partitions are divided.</summary>
    private static IEnumerable<LivingWorker> Owners(IReadOnlyList<LivingWorker> workers) =>
        workers.Any(static one => one is { Standing: WorkerStanding.Settled, IsSilent: false })
        && workers.All(static one => one.Standing != WorkerStanding.Untold)
            ? workers.Where(static one => one.Standing == WorkerStanding.Settled)
            : workers;

    /// <summary>Whether an entry that the store refused alone becomes a dead letter. Progress beats classification:
    /// what is refused while others are stored is at fault, whatever the error.</summary>
    /// <param name="fault">What the error says.</param>
    /// <param name="othersStored">Whether the store took another entry since the entry was tried before, or in the same batch.</param>
    /// <param name="alone">Whether nothing else is there to prove the store healthy.</param>
    /// <param name="refusals">How often it was refused, this time included; for passing errors, only the times with others stored.</param>
    /// <param name="hasLasted">Whether it has been refused for as long as passing errors are waited for.</param>
    /// <remarks>A refusal for good: at once beside others; otherwise only after three refusals, and only where the
    /// error speaks of the row or nothing else is there, because a store that takes nothing may have a fault of its own
    /// (a missing table, a wrong grant). A passing error is given the time that locks and deadlocks take to pass.</remarks>
    public static bool IsDeadLetter(StoreFault fault, bool othersStored, bool alone, int refusals, bool hasLasted) =>
        fault switch
        {
            StoreFault.Row => othersStored || refusals >= RefusalLimit,
            StoreFault.Lasting => othersStored || (alone && refusals >= RefusalLimit),
            _ => othersStored && refusals >= PassingLimit && hasLasted,
        };
}

using Remanso.Stores;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>The flusher's decisions, as pure functions.</summary>
internal static class FlushPlanner
{
    private const int RefusalLimit = 3;
    private const int PassingLimit = 8;

    /// <summary>The partitions that are this worker's fair share: every worker that sees the same living workers comes
    /// to the same shares, which are disjoint, complete, and differ by one partition at most.</summary>
    /// <param name="workers">The living workers, sorted.</param>
    /// <param name="worker">This one.</param>
    /// <param name="partitions">The number of partitions.</param>
    public static IReadOnlyList<int> Share(IReadOnlyList<string> workers, string worker, int partitions)
    {
        var index = workers.ToList().IndexOf(worker);
        return index < 0 ? [] : [.. Enumerable.Range(0, partitions).Where(partition => partition % workers.Count == index)];
    }

    /// <summary>Whether an entry that the store refused alone becomes a dead letter. Progress beats classification:
    /// what is refused while others are stored is at fault, whatever the error.</summary>
    /// <param name="fault">What the error says.</param>
    /// <param name="othersStored">Whether the store took another entry since the entry was tried before, or in the same batch.</param>
    /// <param name="alone">Whether nothing else is there to prove the store healthy.</param>
    /// <param name="refusals">How often it was refused, this time included; for passing errors, only the times with others stored.</param>
    /// <remarks>A refusal for good: at once beside others; otherwise only after three refusals, and only where the
    /// error speaks of the row or nothing else is there, because a store that takes nothing may have a fault of its own
    /// (a missing table, a wrong grant). A passing error is given the time that locks and deadlocks take to pass.</remarks>
    public static bool IsDeadLetter(StoreFault fault, bool othersStored, bool alone, int refusals) =>
        fault switch
        {
            StoreFault.Row => othersStored || refusals >= RefusalLimit,
            StoreFault.Lasting => othersStored || (alone && refusals >= RefusalLimit),
            _ => othersStored && refusals >= PassingLimit,
        };
}

using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>The flusher's decisions, as pure functions.</summary>
internal static class FlushPlanner
{
    private const long FullBytes = 16 << 20;

    /// <summary>
    /// The partitions that are this worker's fair share: every worker that sees the same living workers comes to the same shares, which are disjoint, complete, and differ by one partition at most.
    /// </summary>
    /// <param name="workers">The living workers, sorted.</param>
    /// <param name="worker">This one.</param>
    /// <param name="partitions">The number of partitions.</param>
    public static IReadOnlyList<int> Share(IReadOnlyList<string> workers, string worker, int partitions)
    {
        var index = workers.ToList().IndexOf(worker);
        return index < 0 ? [] : [.. Enumerable.Range(0, partitions).Where(partition => partition % workers.Count == index)];
    }

    /// <summary>
    /// Whether a batch is as large as it could be, so that more may be queued: by its count, or by its bytes, for which a tier behind a network has a limit of its own; or because it has only a part
    /// of a key's versions.
    /// </summary>
    public static bool IsFull(IReadOnlyList<TakenEntry> batch, int batchSize) =>
        batch.Sum(static taken => taken.Versions) >= batchSize || batch.Any(static taken => taken.HasLater) || batch.Sum(BytesOf) >= FullBytes;

    /// <summary>Whether a batch must be cut in two to find the entries that the store refuses.</summary>
    public static bool ShouldBisect(int entries, bool transient) => !transient && entries > 1;

    /// <summary>
    /// Whether an entry that the store refused alone becomes a dead letter: at once if the store took another entry in the same pass, otherwise only after <paramref name="limit"/> refusals
    /// in a row, because a store that takes nothing has a fault of its own (a missing table, a wrong grant).
    /// </summary>
    public static bool IsDeadLetter(bool storeTookAnother, bool alone, int refusals, int limit) =>
        storeTookAnother || (alone && refusals >= limit);

    private static long BytesOf(TakenEntry taken)
    {
        long bytes = taken.Entry.Value.Length;
        for (var i = 0; i < taken.Earlier.Count; i++)
        {
            bytes += taken.Earlier[i].Value.Length;
        }

        return bytes;
    }
}

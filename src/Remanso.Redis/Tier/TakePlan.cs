namespace Remanso.Redis.Tier;

/// <summary>How many markers to take from which partition.</summary>
internal static class TakePlan
{
    /// <summary>Fills <paramref name="max"/> from as few queues as it takes, first from those that were not served for
    /// the longest: a batch that took a little from each would pay what a call costs before its first entry for every
    /// few entries, and their settlement would again.</summary>
    /// <param name="queued">How many markers each queue has.</param>
    /// <param name="served">When each was served last, in any unit; of equals the first goes first.</param>
    /// <param name="max">How many to take in all.</param>
    /// <returns>How many to take from each; their sum is <paramref name="max"/>, or all there are.</returns>
    public static int[] Share(ReadOnlySpan<long> queued, ReadOnlySpan<long> served, int max)
    {
        var shares = new int[queued.Length];
        var turns = served.ToArray();
        var order = new int[shares.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        MemoryExtensions.Sort(turns.AsSpan(), order.AsSpan(), static (a, b) => a.CompareTo(b));
        foreach (var at in order)
        {
            shares[at] = (int)Math.Min(queued[at], max);
            max -= shares[at];
        }

        return shares;
    }
}

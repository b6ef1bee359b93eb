namespace Remanso.Redis.Tier;

/// <summary>How many markers to take from which partition.</summary>
internal static class TakePlan
{
    /// <summary>
    /// Shares <paramref name="max"/> out over queues: an equal share for each, what one does not need for those that have more, and the odd ones in
    /// the order of turns.
    /// </summary>
    /// <param name="queued">How many markers each queue has.</param>
    /// <param name="max">How many to take in all.</param>
    /// <param name="first">Whose turn it is to be first.</param>
    /// <returns>How many to take from each; their sum is <paramref name="max"/>, or all there are.</returns>
    public static int[] Share(ReadOnlySpan<long> queued, int max, int first)
    {
        var shares = new int[queued.Length];
        var left = max;
        while (left > 0)
        {
            var hungry = 0;
            for (var i = 0; i < shares.Length; i++) hungry += queued[i] > shares[i] ? 1 : 0;
            if (hungry == 0) break;

            var equal = Math.Max(1, left / hungry);
            for (var i = 0; i < shares.Length && left > 0; i++)
            {
                var at = (first + i) % shares.Length;
                var more = (int)Math.Min(Math.Min(equal, left), queued[at] - shares[at]);
                shares[at] += more;
                left -= more;
            }
        }

        return shares;
    }
}

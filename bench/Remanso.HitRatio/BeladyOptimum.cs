namespace Remanso.HitRatio;

/// <summary>
/// The best that any policy could do, knowing the future: out goes the key whose next read is farthest away, be it
/// the one just read. Source: L. A. Belady, "A study of replacement algorithms for a virtual-storage computer",
/// IBM Systems Journal 5(2), 1966.
/// </summary>
internal static class BeladyOptimum
{
    private const int Never = int.MaxValue;

    internal static double HitRatio(Trace trace, int capacity)
    {
        var nextReads = NextReads(trace);
        var heldUntil = new int[trace.DistinctKeys];
        Array.Fill(heldUntil, -1);
        var farthest = new PriorityQueue<int, int>();
        var (hits, held) = (0, 0);

        for (var now = 0; now < nextReads.Length; now++)
        {
            var key = trace.Keys[now];
            if (heldUntil[key] == now)
            {
                hits++;
            }
            else
            {
                held++;
            }

            heldUntil[key] = nextReads[now];
            farthest.Enqueue(key, -nextReads[now]);
            if (held <= capacity)
            {
                continue;
            }

            // A held key has outdated places in this heap as well. They lie in the past, so they never come out first.
            heldUntil[farthest.Dequeue()] = -1;
            held--;
        }

        return (double)hits / nextReads.Length;
    }

    private static int[] NextReads(Trace trace)
    {
        var next = new int[trace.Keys.Length];
        var upcoming = new int[trace.DistinctKeys];
        Array.Fill(upcoming, Never);
        for (var i = next.Length - 1; i >= 0; i--)
        {
            next[i] = upcoming[trace.Keys[i]];
            upcoming[trace.Keys[i]] = i;
        }

        return next;
    }
}

using BitFaster.Caching.Lfu;
using BitFaster.Caching.Scheduler;

namespace Remanso.HitRatio;

/// <summary>W-TinyLFU as a peer has it. Its upkeep runs on the reader's thread, so that the ratios are the same each time.</summary>
internal static class TinyLfu
{
    /// <summary>Hits per read over the whole trace, the first reads of an empty cache included.</summary>
    internal static double HitRatio(Trace trace, int capacity)
    {
        var cache = new ConcurrentLfu<int, int>(
            concurrencyLevel: 1,
            Math.Max(capacity, 3),
            new ForegroundScheduler(),
            EqualityComparer<int>.Default
        );
        var hits = 0;
        foreach (var key in trace.Keys)
        {
            if (cache.TryGet(key, out _))
            {
                hits++;
            }
            else
            {
                cache.AddOrUpdate(key, key);
            }
        }

        return (double)hits / trace.Keys.Length;
    }
}

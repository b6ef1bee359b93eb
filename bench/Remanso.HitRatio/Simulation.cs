using Remanso.Tiers.Eviction;

namespace Remanso.HitRatio;

internal static class Simulation
{
    /// <summary>Hits per read over the whole trace, the first reads of an empty cache included.</summary>
    internal static double HitRatio(Trace trace, int capacity, IReplacement replacement)
    {
        var nodes = new SimulatedNode[trace.DistinctKeys];
        for (var key = 0; key < nodes.Length; key++)
        {
            nodes[key] = new SimulatedNode(key);
        }

        var (hits, held) = (0, 0);
        foreach (var key in trace.Keys)
        {
            EvictionNode node = nodes[key];
            if (node.Queue is not null)
            {
                hits++;
                replacement.Hit(node);
                continue;
            }

            replacement.Add(node);
            if (held < capacity)
            {
                held++;
            }
            else
            {
                replacement.Evict();
            }
        }

        return (double)hits / trace.Keys.Length;
    }
}

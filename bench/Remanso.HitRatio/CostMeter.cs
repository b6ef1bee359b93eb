using Remanso.Tiers.Eviction;

namespace Remanso.HitRatio;

/// <summary>Nanoseconds per call, the best of several rounds.</summary>
internal static class CostMeter
{
    private const int Held = 100_000;
    private const int Rounds = 11;

    /// <summary>A full cache: each call lets a node in and evicts one.</summary>
    /// <param name="readsOf">How often the n-th newcomer is read once it is in.</param>
    internal static double AddAndEvict(Func<int, int> readsOf)
    {
        const int Calls = 500_000;
        var policy = new S3FifoPolicy(Held);
        var nodes = Enumerable.Range(0, Held * 4).Select(EvictionNode (key) => new SimulatedNode(key)).ToArray();
        new Random(1).Shuffle(nodes);
        var outside = new Queue<EvictionNode>(nodes);

        for (var i = 0; i < Held; i++)
        {
            policy.Add(outside.Dequeue());
        }

        return Best(Calls, () =>
        {
            for (var i = 0; i < Calls; i++)
            {
                var node = outside.Dequeue();
                policy.Add(node);
                for (var read = readsOf(i); read > 0; read--)
                {
                    node.Touch();
                }

                if (!policy.TryEvict(out var victim))
                {
                    throw new InvalidOperationException("Nothing to evict.");
                }

                outside.Enqueue(victim);
            }
        });
    }

    /// <summary>Every thread reads the same hot node.</summary>
    internal static double TouchHot(int threads)
    {
        var node = new SimulatedNode(0);
        return OnThreads(threads, calls =>
        {
            for (var i = 0; i < calls; i++)
            {
                node.Touch();
            }
        });
    }

    /// <summary>Every thread counts its reads in one word: what <see cref="EvictionNode.Touch"/> avoids.</summary>
    internal static double InterlockedCount(int threads)
    {
        var reads = 0L;
        return OnThreads(threads, calls =>
        {
            for (var i = 0; i < calls; i++)
            {
                Interlocked.Increment(ref reads);
            }
        });
    }

    private static double OnThreads(int threads, Action<int> work)
    {
        const int Calls = 20_000_000;
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads };
        return Best(Calls, () => Parallel.For(0, threads, options, _ => work(Calls)));
    }

    private static double Best(int calls, Action round)
    {
        round();
        var best = double.PositiveInfinity;
        for (var i = 0; i < Rounds; i++)
        {
            var start = TimeProvider.System.GetTimestamp();
            round();
            best = Math.Min(best, TimeProvider.System.GetElapsedTime(start).TotalNanoseconds / calls);
        }

        return best;
    }
}

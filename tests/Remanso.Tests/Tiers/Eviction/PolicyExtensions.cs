using Remanso.Tiers.Eviction;

namespace Remanso.Tests.Tiers.Eviction;

internal static class PolicyExtensions
{
    /// <summary>What an owner does for a new entry: let it in, then make room. Returns who left, in order.</summary>
    internal static List<TestNode> AddAndTrim(this S3FifoPolicy policy, TestNode node)
    {
        policy.Add(node);
        return policy.Trim();
    }

    internal static List<TestNode> Trim(this S3FifoPolicy policy)
    {
        var victims = new List<TestNode>();
        while (policy.IsOverCapacity && policy.TryEvict(out var victim))
        {
            victims.Add((TestNode)victim);
        }

        return victims;
    }

    internal static List<TestNode> EvictAll(this S3FifoPolicy policy)
    {
        var victims = new List<TestNode>();
        while (policy.TryEvict(out var victim))
        {
            victims.Add((TestNode)victim);
        }

        return victims;
    }

    internal static TestNode[] AddRange(this S3FifoPolicy policy, int firstKey, int count, long weight = 1, int reads = 0)
    {
        var nodes = Enumerable.Range(firstKey, count).Select(key => new TestNode(key, weight)).ToArray();
        foreach (var node in nodes)
        {
            policy.Add(node);
            node.Touch(reads);
        }

        return nodes;
    }

    /// <summary>Newcomers that nobody reads.</summary>
    internal static void Scan(this S3FifoPolicy policy, int firstKey, int count)
    {
        for (var key = firstKey; key < firstKey + count; key++)
        {
            policy.AddAndTrim(new TestNode(key));
        }
    }

    /// <summary>Reads keys one after the other, lets in those that are missing, and counts the hits.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="trace">The keys.</param>
    /// <param name="held">What is held, of an earlier trace; null for nothing.</param>
    internal static int CountHits(this S3FifoPolicy policy, IEnumerable<int> trace, Dictionary<int, TestNode>? held = null)
    {
        held ??= [];
        var hits = 0;
        foreach (var key in trace)
        {
            if (held.TryGetValue(key, out var node))
            {
                hits++;
                node.Touch();
                continue;
            }

            held[key] = node = new TestNode(key);
            foreach (var victim in policy.AddAndTrim(node))
            {
                held.Remove(victim.Key);
            }
        }

        return hits;
    }

    internal static void Touch(this TestNode node, int times)
    {
        for (var i = 0; i < times; i++)
        {
            node.Touch();
        }
    }
}

using Remanso.Tiers.Eviction;
using Xunit;

namespace Remanso.Tests.Tiers.Eviction;

/// <summary>Any sequence of calls, against a model that knows only who is in and what it weighs.</summary>
public sealed class RandomOperationsTests
{
    private const int Operations = 100_000;
    private const int Keys = 400;
    private const long Capacity = 5_000;

    [Theory]
    [InlineData(1)]
    [InlineData(20_231_023)]
    [InlineData(int.MaxValue)]
    public void Weights_add_up_and_no_node_is_lost_under_any_sequence(int seed)
    {
        var random = new Random(seed);
        var policy = new S3FifoPolicy(Capacity);
        var inside = new Dictionary<int, TestNode>();

        for (var operation = 0; operation < Operations; operation++)
        {
            Step(random, policy, inside);
            Assert.Equal(inside.Count, policy.Count);
            Assert.Equal(inside.Values.Sum(node => node.Weight), policy.TotalWeight);
            Assert.InRange(policy.PinnedWeight, 0, inside.Values.Where(node => node.IsDirty).Sum(node => node.Weight));
        }

        foreach (var node in inside.Values)
        {
            node.IsDirty = false;
            policy.Unpin(node);
        }

        Assert.Equal(0, policy.PinnedWeight);
        Assert.Equal(inside.Values.OrderBy(node => node.Key), policy.EvictAll().OrderBy(node => node.Key));
        Assert.Equal(0, policy.TotalWeight);
    }

    private static void Step(Random random, S3FifoPolicy policy, Dictionary<int, TestNode> inside)
    {
        var key = random.Next(Keys);
        if (!inside.TryGetValue(key, out var node))
        {
            inside[key] = node = new TestNode(key, RandomWeight(random)) { IsDirty = random.Next(4) == 0 };
            policy.Add(node);
            return;
        }

        switch (random.Next(8))
        {
            case 0:
                Assert.True(policy.Remove(node));
                inside.Remove(key);
                break;
            case 1:
                policy.Reweigh(node, RandomWeight(random));
                break;
            case 2:
                node.IsDirty = true;
                break;
            case 3:
                node.IsDirty = false;
                policy.Unpin(node);
                break;
            case 4:
                EvictDownToCapacity(policy, inside);
                break;
            default:
                node.Touch();
                break;
        }
    }

    private static void EvictDownToCapacity(S3FifoPolicy policy, Dictionary<int, TestNode> inside)
    {
        foreach (var victim in policy.Trim())
        {
            Assert.False(victim.IsDirty);
            Assert.True(inside.Remove(victim.Key));
        }

        // Over capacity is excused by one thing only: that all the rest is pinned.
        if (policy.IsOverCapacity)
        {
            Assert.Equal(policy.TotalWeight, policy.PinnedWeight);
        }
    }

    // Now and then heavier than the small queue, and than the whole capacity.
    private static long RandomWeight(Random random) =>
        random.Next(100) switch
        {
            0 => Capacity + random.Next(100),
            < 5 => random.Next(1, 2_000),
            _ => random.Next(1, 100),
        };
}

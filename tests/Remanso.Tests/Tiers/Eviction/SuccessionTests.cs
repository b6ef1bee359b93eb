using Remanso.Tiers.Eviction;
using Xunit;

namespace Remanso.Tests.Tiers.Eviction;

/// <summary>Nodes whose content is outdated while their key is as wanted as before.</summary>
public sealed class SuccessionTests
{
    [Fact]
    public void A_successor_takes_place_reads_and_weight()
    {
        var policy = new S3FifoPolicy(100);
        var nodes = policy.AddRange(1, 3);
        nodes[1].Touch(2);
        var successor = new TestNode(2, 5);

        policy.Replace(nodes[1], successor);

        Assert.Equal((3, 7L), (policy.Count, policy.TotalWeight));
        Assert.Null(nodes[1].Queue);

        // Read twice, so it moves behind the others.
        Assert.Equal(successor, policy.EvictAll()[^1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_successor_leaves_when_the_replaced_one_would_have_left(int index)
    {
        var without = new S3FifoPolicy(100);
        without.AddRange(1, 3);
        var policy = new S3FifoPolicy(100);
        var nodes = policy.AddRange(1, 3);
        var successor = new TestNode(index + 1);

        policy.Replace(nodes[index], successor);

        var leaving = policy.EvictAll();
        Assert.Equal(without.EvictAll().Select(node => node.Key), leaving.Select(node => node.Key));
        Assert.Contains(successor, leaving);
    }

    [Fact]
    public void The_successor_of_a_node_that_left_is_let_in()
    {
        var policy = new S3FifoPolicy(100);
        var successor = new TestNode(1);

        policy.Replace(new TestNode(1), successor);

        Assert.Equal([successor], policy.EvictAll());
        Assert.Throws<InvalidOperationException>(() =>
        {
            policy.Add(successor);
            policy.Replace(new TestNode(1), successor);
        });
    }

    [Fact]
    public void A_successor_heavier_than_the_capacity_is_next_to_leave()
    {
        var policy = new S3FifoPolicy(100);
        var nodes = policy.AddRange(1, 3);
        var successor = new TestNode(3, 101);

        policy.Replace(nodes[2], successor);

        Assert.True(policy.TryEvict(out var victim));
        Assert.Same(successor, victim);
        Assert.Equal(nodes[..2], policy.EvictAll().OrderBy(node => node.Key));
    }

    [Fact]
    public void A_proven_key_whose_content_was_dropped_is_known_when_it_comes_back()
    {
        var policy = new S3FifoPolicy(100);
        var node = new TestNode(1);
        policy.Add(node);
        node.Touch(2);
        policy.AddRange(2, 10);
        Assert.True(policy.TryEvict(out _));
        Assert.True(node.IsProven);

        Assert.True(policy.Remove(node, comesBack: true));
        var again = new TestNode(1);
        policy.Add(again);

        Assert.True(again.IsProven);
    }
}

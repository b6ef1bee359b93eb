using Remanso.Tiers.Eviction;
using Xunit;

namespace Remanso.Tests.Tiers.Eviction;

public sealed class PinnedNodesTests
{
    [Fact]
    public void A_pinned_node_is_never_a_victim()
    {
        var policy = new S3FifoPolicy(10);
        var nodes = policy.AddRange(0, 10);
        nodes[0].IsDirty = nodes[4].IsDirty = true;

        var victims = policy.EvictAll();

        Assert.Equal([.. nodes[1..4], .. nodes[5..]], victims.OrderBy(node => node.Key));
    }

    [Fact]
    public void A_node_may_be_refused_at_the_very_moment_it_is_chosen()
    {
        var policy = new S3FifoPolicy(10);
        var refused = new RefusesOnce();
        policy.Add(refused);

        Assert.False(policy.TryEvict(out _));
        Assert.Equal(1, policy.PinnedWeight);

        policy.Unpin(refused);
        Assert.True(policy.TryEvict(out var victim));
        Assert.Same(refused, victim);
    }

    [Fact]
    public void A_pinned_node_still_weighs()
    {
        var policy = new S3FifoPolicy(10);
        var node = new TestNode(0, 7) { IsDirty = true };
        policy.Add(node);

        Assert.Equal(0, policy.PinnedWeight);
        Assert.False(policy.TryEvict(out _));

        Assert.Equal(7, policy.PinnedWeight);
        Assert.Equal(7, policy.TotalWeight);
        Assert.Equal(1, policy.Count);
    }

    [Fact]
    public void A_node_comes_back_when_its_pin_ends()
    {
        var policy = new S3FifoPolicy(10);
        var node = new TestNode(0, 7) { IsDirty = true };
        policy.Add(node);
        policy.TryEvict(out _);

        node.IsDirty = false;
        policy.Unpin(node);

        Assert.Equal(0, policy.PinnedWeight);
        Assert.Equal(7, policy.TotalWeight);
        Assert.True(policy.TryEvict(out var victim));
        Assert.Same(node, victim);
        Assert.Equal(0, policy.TotalWeight);
    }

    [Fact]
    public void A_proven_node_comes_back_to_the_main_queue()
    {
        var policy = new S3FifoPolicy(10);
        var node = policy.AddRange(0, 1)[0];
        node.Touch(2);
        node.IsDirty = true;
        policy.TryEvict(out _);
        policy.AddRange(1, 9);

        node.IsDirty = false;
        policy.Unpin(node);

        Assert.True(node.IsProven);
        Assert.Equal(node, policy.EvictAll()[^1]);
    }

    [Fact]
    public void A_newcomer_read_while_pinned_comes_back_to_the_main_queue()
    {
        var policy = new S3FifoPolicy(10);
        var node = new TestNode(0) { IsDirty = true };
        policy.Add(node);
        policy.TryEvict(out _);
        node.Touch(2);

        policy.Unpin(node);

        Assert.True(node.IsProven);
    }

    [Fact]
    public void A_newcomer_unread_while_pinned_comes_back_to_the_small_queue()
    {
        var policy = new S3FifoPolicy(10);
        var node = new TestNode(0) { IsDirty = true };
        policy.Add(node);
        policy.TryEvict(out _);

        policy.Unpin(node);

        Assert.False(node.IsProven);
        Assert.NotNull(node.Queue);
    }

    [Fact]
    public void Unpinning_a_node_that_was_never_put_aside_changes_nothing()
    {
        var policy = new S3FifoPolicy(10);
        var nodes = policy.AddRange(0, 3);
        var outside = new TestNode(9);

        policy.Unpin(nodes[0]);
        policy.Unpin(outside);

        Assert.Equal(3, policy.TotalWeight);
        Assert.Null(outside.Queue);
        Assert.Equal(nodes, policy.EvictAll().OrderBy(node => node.Key));
    }

    [Fact]
    public void A_pinned_node_can_be_removed_and_reweighed()
    {
        var policy = new S3FifoPolicy(10);
        var nodes = policy.AddRange(0, 2);
        nodes[0].IsDirty = nodes[1].IsDirty = true;
        policy.TryEvict(out _);

        policy.Reweigh(nodes[0], 5);
        Assert.Equal(6, policy.PinnedWeight);
        Assert.True(policy.Remove(nodes[1]));
        Assert.Equal(5, policy.PinnedWeight);
        Assert.Equal(5, policy.TotalWeight);
    }

    [Fact]
    public void When_all_is_pinned_there_is_no_victim_and_each_node_is_asked_once()
    {
        var policy = new S3FifoPolicy(1_000);
        var nodes = policy.AddRange(0, 2_000);
        foreach (var node in nodes)
        {
            node.IsDirty = true;
            node.Touch(node.Key % 4);
        }

        for (var i = 0; i < 1_000; i++)
        {
            Assert.False(policy.TryEvict(out _));
        }

        Assert.All(nodes, node => Assert.Equal(1, node.Asked));
        Assert.Equal(2_000, policy.PinnedWeight);
    }

    [Fact]
    public void A_pinned_node_is_asked_at_most_once_for_each_pin()
    {
        var policy = new S3FifoPolicy(100);
        var dirty = policy.AddRange(0, 90);
        foreach (var node in dirty)
        {
            node.IsDirty = true;
        }

        for (var key = 1_000; key < 10_000; key++)
        {
            policy.AddAndTrim(new TestNode(key));
        }

        Assert.All(dirty, node => Assert.Equal(1, node.Asked));

        policy.Unpin(dirty[0]);
        for (var key = 10_000; key < 20_000; key++)
        {
            policy.AddAndTrim(new TestNode(key));
        }

        Assert.Equal(2, dirty[0].Asked);
    }

    [Fact]
    public void Where_most_of_the_capacity_is_pinned_the_rest_still_resists_a_scan()
    {
        var policy = new S3FifoPolicy(1_000);
        foreach (var node in policy.AddRange(0, 900))
        {
            node.IsDirty = true;
        }

        policy.EvictAll();
        var hot = policy.AddRange(1_000, 80);
        foreach (var node in hot)
        {
            node.Touch(2);
        }

        for (var key = 10_000; key < 20_000; key++)
        {
            policy.AddAndTrim(new TestNode(key));
        }

        Assert.Equal(900, policy.PinnedWeight);
        Assert.All(hot, node => Assert.NotNull(node.Queue));
    }

    private sealed class RefusesOnce() : EvictionNode(0, 1)
    {
        private bool _refused;

        internal override bool TryRetire()
        {
            (var before, _refused) = (_refused, true);
            return before;
        }
    }
}

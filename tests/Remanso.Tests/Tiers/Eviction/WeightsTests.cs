using Remanso.Tiers.Eviction;
using Xunit;

namespace Remanso.Tests.Tiers.Eviction;

public sealed class WeightsTests
{
    [Fact]
    public void As_many_leave_as_the_weight_asks_for()
    {
        var policy = new S3FifoPolicy(100);
        policy.AddRange(0, 10, weight: 10);

        var victims = policy.AddAndTrim(new TestNode(10, 25));

        Assert.Equal(3, victims.Count);
        Assert.Equal(95, policy.TotalWeight);
    }

    [Fact]
    public void The_shares_are_shares_of_weight_and_not_of_entries()
    {
        var policy = new S3FifoPolicy(1_000);
        var heavy = policy.AddRange(0, 9, weight: 100);
        foreach (var node in heavy)
        {
            node.Touch(2);
        }

        var light = new List<TestNode>();
        for (var key = 100; key < 1_100; key++)
        {
            light.Add(new TestNode(key));
            policy.AddAndTrim(light[^1]);
        }

        Assert.All(heavy, node => Assert.NotNull(node.Queue));
        Assert.Equal(light[^100..], light.Where(node => node.Queue is not null));
    }

    [Fact]
    public void An_entry_that_grows_makes_others_leave()
    {
        var policy = new S3FifoPolicy(100);
        var nodes = policy.AddRange(0, 10, weight: 10);

        policy.Reweigh(nodes[5], 31);

        Assert.Equal(121, policy.TotalWeight);
        Assert.Equal(3, policy.Trim().Count);
        Assert.NotNull(nodes[5].Queue);
    }

    [Fact]
    public void An_entry_that_shrinks_makes_room()
    {
        var policy = new S3FifoPolicy(100);
        var nodes = policy.AddRange(0, 10, weight: 10);

        policy.Reweigh(nodes[5], 1);

        Assert.Equal(91, policy.TotalWeight);
        Assert.Empty(policy.AddAndTrim(new TestNode(10, 9)));
    }

    [Fact]
    public void A_node_that_is_outside_takes_its_new_weight_in_with_it()
    {
        var policy = new S3FifoPolicy(100);
        var node = new TestNode(0, 10);
        policy.Reweigh(node, 20);
        Assert.Equal(0, policy.TotalWeight);

        policy.Add(node);
        Assert.Equal(20, policy.TotalWeight);
    }

    [Fact]
    public void An_entry_heavier_than_the_small_queue_is_let_in_and_leaves_the_proven_keys_alone()
    {
        var policy = new S3FifoPolicy(100);
        var hot = policy.AddRange(0, 50);
        foreach (var node in hot)
        {
            node.Touch(2);
        }

        for (var key = 1_000; key < 1_100; key++)
        {
            var heavy = new TestNode(key, 50);
            policy.AddAndTrim(heavy);
            Assert.NotNull(heavy.Queue);
        }

        Assert.All(hot, node => Assert.NotNull(node.Queue));
    }

    [Fact]
    public void An_entry_heavier_than_the_capacity_leaves_alone()
    {
        var policy = new S3FifoPolicy(100);
        var nodes = policy.AddRange(0, 100);
        var tooHeavy = new TestNode(1_000, 101);

        Assert.Equal([tooHeavy], policy.AddAndTrim(tooHeavy));
        Assert.All(nodes, node => Assert.NotNull(node.Queue));
    }

    [Fact]
    public void An_entry_that_outgrows_the_capacity_leaves_alone_whatever_its_reads()
    {
        var policy = new S3FifoPolicy(100);
        var nodes = policy.AddRange(0, 100);
        nodes[50].Touch(3);

        policy.Reweigh(nodes[50], 101);

        Assert.Equal([nodes[50]], policy.Trim());
    }

    [Fact]
    public void A_pinned_entry_that_outgrew_the_capacity_leaves_first_when_its_pin_ends()
    {
        var policy = new S3FifoPolicy(100);
        var nodes = policy.AddRange(0, 1);
        nodes[0].IsDirty = true;
        policy.TryEvict(out _);
        policy.AddRange(1, 9);
        policy.Reweigh(nodes[0], 101);
        Assert.Equal(101, policy.PinnedWeight);

        nodes[0].IsDirty = false;
        policy.Unpin(nodes[0]);

        Assert.Equal([nodes[0]], policy.Trim());
    }
}

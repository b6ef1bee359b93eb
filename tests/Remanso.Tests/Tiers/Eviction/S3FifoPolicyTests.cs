using Remanso.Tiers.Eviction;
using Xunit;

namespace Remanso.Tests.Tiers.Eviction;

public sealed class S3FifoPolicyTests
{
    [Fact]
    public void One_hit_wonders_leave_in_the_order_they_came()
    {
        var policy = new S3FifoPolicy(100);
        FillWithProvenKeys(policy);
        var newcomers = Enumerable.Range(1_000, 200).Select(key => new TestNode(key)).ToList();

        var victims = newcomers.SelectMany(policy.AddAndTrim).Where(node => node.Key >= 1_000);

        Assert.Equal(newcomers[..^10], victims);
    }

    [Fact]
    public void One_hit_wonders_leave_through_the_small_queue_and_never_displace_proven_keys()
    {
        var policy = new S3FifoPolicy(100);
        var proven = FillWithProvenKeys(policy);

        for (var key = 1_000; key < 2_000; key++)
        {
            Assert.All(policy.AddAndTrim(new TestNode(key)), victim => Assert.False(victim.IsProven));
        }

        Assert.All(proven, node => Assert.NotNull(node.Queue));
    }

    [Fact]
    public void Being_read_once_does_not_prove_a_newcomer()
    {
        var policy = new S3FifoPolicy(100);
        FillWithProvenKeys(policy);
        var node = new TestNode(1_000);
        policy.AddAndTrim(node);
        node.Touch();

        policy.Scan(2_000, 20);

        Assert.Null(node.Queue);
        Assert.False(node.IsProven);
    }

    [Fact]
    public void Being_read_twice_proves_a_newcomer()
    {
        var policy = new S3FifoPolicy(100);
        FillWithProvenKeys(policy);
        var node = new TestNode(1_000);
        policy.AddAndTrim(node);
        node.Touch(2);

        policy.Scan(2_000, 20);

        Assert.NotNull(node.Queue);
        Assert.True(node.IsProven);
    }

    [Fact]
    public void The_reads_that_proved_a_newcomer_do_not_count_again_in_the_main_queue()
    {
        var policy = new S3FifoPolicy(10);
        var nodes = policy.AddRange(0, 2);
        nodes[0].Touch(3);
        nodes[1].Touch(2);

        Assert.Equal(nodes, policy.EvictAll());
    }

    [Fact]
    public void A_ghost_hit_goes_to_the_main_queue()
    {
        var policy = new S3FifoPolicy(10);
        policy.AddRange(0, 10);
        var victim = Assert.Single(policy.AddAndTrim(new TestNode(10)));

        var returned = new TestNode(victim.Key);
        var unknown = new TestNode(99);
        policy.Add(returned);
        policy.Add(unknown);

        Assert.True(returned.IsProven);
        Assert.False(unknown.IsProven);
        policy.Scan(1_000, 1_000);
        Assert.NotNull(returned.Queue);
        Assert.Null(unknown.Queue);
    }

    [Fact]
    public void A_ghost_is_good_for_one_return()
    {
        var policy = new S3FifoPolicy(10);
        policy.AddRange(0, 10);
        var victim = Assert.Single(policy.AddAndTrim(new TestNode(10)));

        var first = new TestNode(victim.Key);
        policy.Add(first);
        policy.Remove(first);
        var second = new TestNode(victim.Key);
        policy.Add(second);

        Assert.True(first.IsProven);
        Assert.False(second.IsProven);
    }

    [Fact]
    public void A_key_that_leaves_the_main_queue_leaves_no_ghost()
    {
        var policy = new S3FifoPolicy(100);
        var proven = FillWithProvenKeys(policy);
        var victim = policy.EvictAll().First(node => node.IsProven);
        FillWithProvenKeys(policy, firstKey: 5_000);

        var again = new TestNode(victim.Key);
        policy.Add(again);

        Assert.Contains(victim, proven);
        Assert.False(again.IsProven);
    }

    [Fact]
    public void A_removed_key_leaves_no_ghost()
    {
        var policy = new S3FifoPolicy(10);
        var node = policy.AddRange(0, 10)[0];
        policy.Remove(node);

        var again = new TestNode(0);
        policy.Add(again);

        Assert.False(again.IsProven);
    }

    [Fact]
    public void In_the_main_queue_each_read_is_worth_one_round()
    {
        var policy = new S3FifoPolicy(100);
        var proven = FillWithProvenKeys(policy);
        proven[0].Touch(1);
        proven[1].Touch(3);
        proven[2].Touch(2);

        var leaving = policy.EvictAll().Where(node => node.IsProven).ToList();

        Assert.Equal([.. proven[3..], proven[0], proven[2], proven[1]], leaving);
    }

    [Fact]
    public void Reads_beyond_the_third_are_not_counted()
    {
        var node = new TestNode(0);
        node.Touch(1_000);
        Assert.Equal(3, node.Frequency);
    }

    [Fact]
    public void A_scan_does_not_push_out_the_hot_keys()
    {
        var policy = new S3FifoPolicy(1_000);
        var hot = FillWithProvenKeys(policy);

        for (var key = 100_000; key < 110_000; key++)
        {
            policy.AddAndTrim(new TestNode(key));
        }

        Assert.All(hot, node => Assert.NotNull(node.Queue));
    }

    [Fact]
    public void When_everything_in_main_is_cold_new_proven_keys_take_its_place()
    {
        var policy = new S3FifoPolicy(100);
        var old = FillWithProvenKeys(policy);

        for (var round = 0; round < 3; round++)
        {
            for (var key = 5_000; key < 5_090; key++)
            {
                var node = new TestNode(key + round * 1_000);
                policy.AddAndTrim(node);
                node.Touch(2);
            }
        }

        Assert.All(old, node => Assert.Null(node.Queue));
    }

    [Fact]
    public void The_small_queue_keeps_a_tenth_of_the_weight()
    {
        var policy = new S3FifoPolicy(1_000);
        var proven = FillWithProvenKeys(policy);

        var newcomers = Enumerable.Range(10_000, 2_000).Select(key => new TestNode(key)).ToList();
        foreach (var node in newcomers)
        {
            policy.AddAndTrim(node);
        }

        Assert.Equal(900, proven.Count(node => node.Queue is not null));
        Assert.Equal(newcomers[^100..], newcomers.Where(node => node.Queue is not null));
    }

    [Fact]
    public void Readers_faster_than_the_scan_cannot_hold_up_an_eviction()
    {
        var policy = new S3FifoPolicy(1_000);
        var proven = FillWithProvenKeys(policy);
        var (hot, dirty) = (proven[..^4], proven[^4..]);
        foreach (var node in hot)
        {
            node.Touch(3);
        }

        // Each time that the scan gets to the dirty nodes it meets one that has no rounds left, and that is the moment
        // when the readers make up for all that the scan has taken off.
        foreach (var (rounds, node) in dirty.Index())
        {
            node.IsDirty = true;
            node.Touch(rounds);
            node.WhenAsked = () => Array.ForEach(hot, other => other.Touch(3));
        }

        // The first takes a newcomer and leaves the small queue below its share, so that the second turns to main.
        Assert.True(policy.TryEvict(out _));
        Assert.True(policy.TryEvict(out var victim));
        Assert.Contains(victim, hot);
        Assert.Equal(0, dirty[3].Asked);
    }

    [Fact]
    public void Reads_of_a_node_that_is_outside_do_not_count()
    {
        var policy = new S3FifoPolicy(10);
        var node = new TestNode(0);
        node.Touch(3);
        policy.Add(node);

        Assert.True(policy.TryEvict(out _));
        Assert.False(node.IsProven);
    }

    [Fact]
    public void A_full_cache_takes_newcomers_without_allocating()
    {
        var policy = new S3FifoPolicy(100);
        var proven = FillWithProvenKeys(policy);
        var newcomer = new TestNode(10_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
        {
            policy.Add(newcomer);
            proven[i % proven.Length].Touch();
            policy.TryEvict(out var victim);
            newcomer = (TestNode)victim!;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_node_is_let_in_once()
    {
        var policy = new S3FifoPolicy(10);
        var node = policy.AddRange(0, 1)[0];
        Assert.Throws<InvalidOperationException>(() => policy.Add(node));
    }

    [Fact]
    public void Removing_twice_is_told_apart()
    {
        var policy = new S3FifoPolicy(10);
        var node = policy.AddRange(0, 1)[0];
        Assert.True(policy.Remove(node));
        Assert.False(policy.Remove(node));
        Assert.Equal(0, policy.TotalWeight);
    }

    [Fact]
    public void An_empty_policy_has_no_victim()
    {
        Assert.False(new S3FifoPolicy(10).TryEvict(out var victim));
        Assert.Null(victim);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Capacity_and_weights_are_positive(long weight)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new S3FifoPolicy(weight));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TestNode(0, weight));
        Assert.Throws<ArgumentOutOfRangeException>(() => new S3FifoPolicy(1).Reweigh(new TestNode(0), weight));
    }

    /// <summary>Fills nine tenths with keys that stand in main unread, and a tenth with newcomers.</summary>
    private static TestNode[] FillWithProvenKeys(S3FifoPolicy policy, int firstKey = 0)
    {
        var share = (int)(policy.Capacity / 10);
        var proven = policy.AddRange(firstKey, share * 9, reads: 2);

        // The newcomers stand behind the proven, so that one of them leaves only after all of those went to main.
        policy.AddRange(firstKey + share * 9, share);
        policy.AddAndTrim(new TestNode(firstKey + share * 10));
        return proven;
    }
}

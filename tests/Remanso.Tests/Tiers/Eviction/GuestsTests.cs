using Remanso.Tiers.Eviction;
using Xunit;

namespace Remanso.Tests.Tiers.Eviction;

/// <summary>Newcomers that nobody has proven, in room that main does not need yet.</summary>
public sealed class GuestsTests
{
    private const int Capacity = 1_000;

    [Fact]
    public void A_loop_longer_than_the_cache_is_hit_where_part_of_it_stays()
    {
        const int Length = 4 * Capacity;
        const int Rounds = 40;

        var hits = new S3FifoPolicy(Capacity).CountHits(Enumerable.Range(0, Rounds * Length).Select(i => i % Length));

        // All of the cache but the small queue would be 0.225; LRU and FIFO hit nothing.
        Assert.InRange((double)hits / (Rounds * Length), 0.19, 0.25);
    }

    [Fact]
    public void Unread_guests_leave_before_any_proven_key_as_soon_as_newcomers_are_read()
    {
        var policy = new S3FifoPolicy(Capacity);
        var guests = policy.AddRange(0, Capacity);
        var proven = new List<TestNode>();
        for (var key = 10_000; key < 10_000 + Capacity; key++)
        {
            proven.Add(new TestNode(key));
            Assert.All(policy.AddAndTrim(proven[^1]), victim => Assert.False(victim.IsProven));
            proven[^1].Touch(2);
        }

        Assert.InRange(guests.Count(node => node.Queue is not null), 0, Capacity / 10);
        Assert.InRange(proven.Count(node => node.Queue is not null), Capacity * 9 / 10, Capacity);
    }

    [Fact]
    public void A_guest_that_was_read_is_proven_and_outlasts_a_scan()
    {
        var policy = new S3FifoPolicy(Capacity);
        var guests = policy.AddRange(0, Capacity);
        foreach (var node in guests[..100])
        {
            node.Touch();
        }

        policy.Scan(10_000, 100 * Capacity);

        Assert.All(guests[..100], node => Assert.True(node.IsProven && node.Queue is not null));
    }

    // Expired or not: nobody reads it, and that is all the policy has to know.
    [Fact]
    public void A_guest_that_is_never_read_does_not_stay_for_ever()
    {
        var policy = new S3FifoPolicy(Capacity);
        var guests = policy.AddRange(0, Capacity);

        policy.Scan(10_000, Capacity * 3);
        var soon = guests.Count(node => node.Queue is not null);
        policy.Scan(100_000, Capacity * 100);

        // A loop four times as long as the cache finds most of its guests when it comes round.
        Assert.InRange(soon, Capacity / 2, Capacity);
        Assert.DoesNotContain(guests, node => node.Queue is not null);
    }

    [Fact]
    public void Bursts_longer_than_the_trial_get_the_room_they_need_and_give_it_back()
    {
        const int Length = 4 * Capacity;
        var policy = new S3FifoPolicy(Capacity);
        var held = new Dictionary<int, TestNode>();

        // Each key is read thrice, more or less, within half of what the cache holds, and never again: at best two of
        // three reads hit.
        var bursts = Bursts(100 * Capacity, distance: Capacity / 2).ToList();
        var hits = policy.CountHits(bursts, held);
        Assert.InRange((double)hits / bursts.Count, 0.6, 0.67);

        policy.CountHits(Enumerable.Range(0, 20 * Length).Select(i => 10_000_000 + (i % Length)), held);

        hits = policy.CountHits(Enumerable.Range(0, 20 * Length).Select(i => 10_000_000 + (i % Length)), held);

        // Not all of it, since keys that the bursts proved stay in main until others are proven. FIFO would hit nothing.
        Assert.InRange(hits / (20.0 * Length), 0.05, 0.25);
    }

    // Each key comes again twice while the next ones come, at moments chosen evenly.
    private static IEnumerable<int> Bursts(int keys, int distance)
    {
        var random = new Random(1);
        for (var key = distance; key < keys; key++)
        {
            yield return key;
            yield return key - random.Next(distance);
            yield return key - random.Next(distance);
        }
    }
}

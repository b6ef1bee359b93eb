using Remanso.Tiers.Eviction;
using Xunit;

namespace Remanso.Tests.Tiers.Eviction;

public sealed class SmallShareTests
{
    private const long Held = 1_000;

    private readonly SmallShare _share = new();

    [Fact]
    public void A_tenth_is_the_least()
    {
        _share.Shrink(500);

        Assert.Equal(100, Room());
    }

    [Fact]
    public void What_would_have_been_hit_makes_it_larger_and_what_main_hits_makes_it_smaller()
    {
        _share.Grow(50, Held);
        Assert.Equal(150, Room());

        _share.Shrink(20);
        Assert.Equal(130, Room());
    }

    [Fact]
    public void Nine_tenths_are_the_most_also_where_what_is_held_became_less()
    {
        _share.Grow(5_000, Held);

        Assert.Equal(900, Room());
        Assert.True(_share.IsFull(90, 100));
        Assert.False(_share.IsFull(89, 100));
    }

    [Fact]
    public void Twenty_newcomers_that_leave_unread_outweigh_one_that_came_back()
    {
        _share.Grow(100, Held);
        for (var i = 0; i < 20; i++)
        {
            Assert.NotEqual(100, Room());
            _share.Waste(100);
        }

        Assert.Equal(100, Room());
    }

    private long Room()
    {
        var small = 0L;
        while (!_share.IsFull(small, Held))
        {
            small++;
        }

        return small;
    }
}

using Remanso.Tiers.Memory;
using Xunit;

namespace Remanso.Tests.Tiers;

public sealed class DrainRateTests
{
    private const long Second = 1_000_000;
    private const long Start = 1_700_000_000 * Second;

    private readonly DrainRate _rate = new();

    [Fact]
    public void Before_anything_was_settled_it_says_one_second() => Assert.Equal(TimeSpan.FromSeconds(1), _rate.TimeFor(1000, Start));

    [Fact]
    public void The_time_follows_the_rate_of_the_last_seconds()
    {
        for (var i = 0; i < 4; i++)
        {
            _rate.Record(500, Start + (i * Second));
        }

        Assert.Equal(2, _rate.TimeFor(1000, Start + (4 * Second)).TotalSeconds, 0.51);
    }

    [Fact]
    public void What_was_settled_long_ago_is_forgotten()
    {
        _rate.Record(1, Start);
        Assert.Equal(TimeSpan.FromSeconds(1), _rate.TimeFor(1000, Start + (60 * Second)));
    }

    [Fact]
    public void The_time_is_neither_too_short_nor_too_long()
    {
        _rate.Record(1_000_000, Start);
        Assert.Equal(TimeSpan.FromMilliseconds(100), _rate.TimeFor(1, Start + Second));
        Assert.Equal(TimeSpan.FromSeconds(60), _rate.TimeFor(long.MaxValue / 2, Start + Second));
    }
}

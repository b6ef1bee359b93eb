using FsCheck;
using FsCheck.Fluent;
using Remanso.ReadThrough;
using Xunit;

namespace Remanso.Tests.ReadThrough;

public sealed class TtlJitterTests
{
    private static readonly TimeSpan _minute = TimeSpan.FromSeconds(60);

    [Fact]
    public void Ten_thousand_entries_of_a_minute_expire_evenly_over_48_to_72_seconds()
    {
        var random = new Random(20250101);
        var ttls = Enumerable.Range(0, 10_000).Select(_ => TtlJitter.Apply(_minute, TtlJitter.Default, random.NextDouble())).ToList();

        Assert.All(ttls, ttl => Assert.InRange(ttl, TimeSpan.FromSeconds(48), TimeSpan.FromSeconds(72)));
        var seconds = ttls.CountBy(ttl => (int)ttl.TotalSeconds).ToDictionary();
        Assert.Equal(Enumerable.Range(48, 24), seconds.Keys.Order());
        Assert.All(seconds, second => Assert.True(second.Value <= 800, $"{second.Value} expire in {second.Key} s."));
        Assert.InRange(ttls.Average(ttl => ttl.TotalSeconds), 59.8, 60.2);
    }

    [Theory]
    [InlineData(0.0, 48)]
    [InlineData(0.25, 54)]
    [InlineData(0.5, 60)]
    [InlineData(0.75, 66)]
    public void The_random_number_picks_the_point_in_the_range(double uniform, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), TtlJitter.Apply(_minute, TtlJitter.Default, uniform));

    [Fact]
    public void Without_jitter_the_ttl_is_the_base_to_the_tick()
    {
        var ttl = TimeSpan.FromTicks(long.MaxValue - 1);
        Assert.Equal(ttl, TtlJitter.Apply(ttl, 0, 0.9));
    }

    [Fact]
    public void The_longest_ttl_does_not_overflow() => Assert.Equal(TimeSpan.MaxValue, TtlJitter.Apply(TimeSpan.MaxValue, 0.999, 0.999));

    [Fact]
    public void Every_ttl_stays_within_the_jitter_and_grows_with_the_random_number() =>
        Prop.ForAll<DoNotSize<long>, DoNotSize<uint>, DoNotSize<uint>>(
                (ticks, jitterBits, uniformBits) =>
                {
                    var ttl = TimeSpan.FromTicks(ticks.Item & long.MaxValue);
                    var (jitter, uniform) = (jitterBits.Item / 4294967296.0, uniformBits.Item / 4294967296.0);
                    var result = TtlJitter.Apply(ttl, jitter, uniform);
                    // One part in 2^50, and one tick, for the rounding.
                    var slack = (ttl.Ticks >> 50) + 1;
                    return result >= TtlJitter.Apply(ttl, jitter, 0)
                        && result.Ticks >= (ttl.Ticks * (1 - jitter)) - slack
                        && result.Ticks <= (ttl.Ticks * (1 + jitter)) + slack;
                }
            )
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(-1, 0.2, 0.5, "baseTtl")]
    [InlineData(1, -0.1, 0.5, "jitter")]
    [InlineData(1, 1.0, 0.5, "jitter")]
    [InlineData(1, double.NaN, 0.5, "jitter")]
    [InlineData(1, 0.2, -0.1, "uniform")]
    [InlineData(1, 0.2, 1.0, "uniform")]
    [InlineData(1, 0.2, double.NaN, "uniform")]
    public void What_is_out_of_range_is_refused_by_name(int seconds, double jitter, double uniform, string name)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => TtlJitter.Apply(TimeSpan.FromSeconds(seconds), jitter, uniform));
        Assert.Equal(name, error.ParamName);
    }
}

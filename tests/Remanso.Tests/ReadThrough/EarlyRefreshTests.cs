using FsCheck;
using FsCheck.Fluent;
using Remanso.ReadThrough;
using Xunit;

namespace Remanso.Tests.ReadThrough;

public sealed class EarlyRefreshTests
{
    private const long Expiry = 60_000_000;
    private const long Load = 100_000;

    [Fact]
    public void A_hot_key_is_refreshed_before_it_expires_nearly_always_and_not_much_before()
    {
        // 1,000 lives of an entry that is read every millisecond and takes 100 ms to load.
        var refreshes = Enumerable.Range(1, 1_000).Select(seed => FirstRefresh(new Random(seed), 1_000)).ToList();

        Assert.True(refreshes.Count(at => at < Expiry) > 990, "The readers let it expire too often.");
        // The paper's theorem: with r reads per load time, about δ × (ln r + 0.58) before the expiry.
        Assert.InRange(Expiry - refreshes.Average(), 4.6 * Load, 5.8 * Load);
    }

    [Fact]
    public void A_key_that_is_hardly_read_is_not_refreshed_early()
    {
        // Read every 11 s, so last at 55 s: 50 load times before the expiry, where chance reaches only 37.
        var early = Enumerable.Range(1, 1_000).Count(seed => FirstRefresh(new Random(seed), 11_000_000) < Expiry);

        Assert.Equal(0, early);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void From_its_expiry_on_an_entry_is_always_refreshed(long after) =>
        Assert.True(EarlyRefresh.ShouldRefresh(Expiry + after, Expiry, loadMicros: 0, beta: 0, uniform: 1));

    [Fact]
    public void A_beta_of_zero_never_refreshes_early() =>
        Assert.False(EarlyRefresh.ShouldRefresh(Expiry - 1, Expiry, Load, beta: 0, uniform: 0));

    [Fact]
    public void The_formula_is_the_papers()
    {
        // −ln(1/e) = 1: exactly one load time ahead.
        var uniform = 1 / Math.E;
        Assert.True(EarlyRefresh.ShouldRefresh(Expiry - Load + 1, Expiry, Load, 1, uniform));
        Assert.False(EarlyRefresh.ShouldRefresh(Expiry - Load - 1, Expiry, Load, 1, uniform));
        Assert.True(EarlyRefresh.ShouldRefresh(Expiry - (2 * Load) + 1, Expiry, Load, 2, uniform));
    }

    [Fact]
    public void A_random_number_of_zero_does_not_refresh_what_is_far_from_its_expiry()
    {
        // The smallest number above zero reaches 53 × ln 2 = 36.7 load times ahead.
        Assert.True(EarlyRefresh.ShouldRefresh(Expiry - (36 * Load), Expiry, Load, 1, uniform: 0));
        Assert.False(EarlyRefresh.ShouldRefresh(Expiry - (37 * Load), Expiry, Load, 1, uniform: 0));
    }

    [Fact]
    public void The_whole_range_of_times_is_safe()
    {
        Assert.False(EarlyRefresh.ShouldRefresh(long.MinValue, long.MaxValue, 1, 1, 0.5));
        Assert.True(EarlyRefresh.ShouldRefresh(long.MaxValue, long.MinValue, 1, 1, 0.5));
    }

    [Fact]
    public void Who_refreshes_now_would_also_later_or_with_a_slower_load_or_a_smaller_number() =>
        Prop.ForAll<DoNotSize<uint>, DoNotSize<uint>, DoNotSize<uint>>(
                (ago, slow, bits) =>
                {
                    // Up to four seconds before the expiry, with loads of up to four seconds: both answers are common.
                    var (now, load) = (Expiry - (ago.Item >> 10), (long)(slow.Item >> 10));
                    var uniform = (bits.Item + 1.0) / 4294967296.0;
                    return !EarlyRefresh.ShouldRefresh(now, Expiry, load, 1, uniform)
                        || (
                            EarlyRefresh.ShouldRefresh(now + 1, Expiry, load, 1, uniform)
                            && EarlyRefresh.ShouldRefresh(now, Expiry, load + 1, 1, uniform)
                            && EarlyRefresh.ShouldRefresh(now, Expiry, load, 1, uniform / 2)
                        );
                }
            )
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(-1, 1, 0.5, "loadMicros")]
    [InlineData(1, -1, 0.5, "beta")]
    [InlineData(1, double.PositiveInfinity, 0.5, "beta")]
    [InlineData(1, double.NaN, 0.5, "beta")]
    [InlineData(1, 1, -0.1, "uniform")]
    [InlineData(1, 1, 1.1, "uniform")]
    [InlineData(1, 1, double.NaN, "uniform")]
    public void What_is_out_of_range_is_refused_by_name(long load, double beta, double uniform, string name)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => EarlyRefresh.ShouldRefresh(0, Expiry, load, beta, uniform));
        Assert.Equal(name, error.ParamName);
    }

    private static long FirstRefresh(Random random, long readEveryMicros)
    {
        for (var now = 0L; ; now += readEveryMicros)
        {
            if (EarlyRefresh.ShouldRefresh(now, Expiry, Load, EarlyRefresh.DefaultBeta, random.NextDouble()))
            {
                return now;
            }
        }
    }
}

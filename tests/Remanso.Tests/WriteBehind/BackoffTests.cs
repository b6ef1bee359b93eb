using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Remanso.Common;
using Xunit;

namespace Remanso.Tests.WriteBehind;

public sealed class BackoffTests
{
    private static readonly TimeSpan _first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _max = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1, 50, 75)]
    [InlineData(2, 100, 150)]
    [InlineData(3, 200, 300)]
    [InlineData(9, 12_800, 19_200)]
    [InlineData(10, 15_000, 22_500)]
    [InlineData(int.MaxValue, 15_000, 22_500)]
    public void Each_failure_doubles_the_delay_up_to_the_greatest(int attempt, double floor, double middle)
    {
        Assert.Equal(TimeSpan.FromMilliseconds(floor), Backoff.Delay(attempt, _first, _max, 0));
        Assert.Equal(TimeSpan.FromMilliseconds(middle), Backoff.Delay(attempt, _first, _max, 0.5));
    }

    [Fact]
    public void Half_of_the_delay_is_spread_evenly()
    {
        var random = new Random(20250101);
        var tenths = Enumerable
            .Range(0, 10_000)
            .Select(_ => Backoff.Delay(1, _first, _max, random.NextDouble()).TotalMilliseconds)
            .CountBy(delay => (int)(delay - 50) / 5)
            .ToDictionary();

        Assert.Equal(Enumerable.Range(0, 10), tenths.Keys.Order());
        Assert.All(tenths.Values, count => Assert.InRange(count, 850, 1_150));
    }

    [Fact]
    public void Whatever_the_numbers_the_delay_lies_in_the_upper_half_and_never_shrinks_with_attempts() =>
        Prop.ForAll<DoNotSize<long>, DoNotSize<long>, DoNotSize<uint>>(
                (one, two, bits) =>
                {
                    var (left, right) = (one.Item & long.MaxValue, two.Item & long.MaxValue);
                    // Small first delays too, so that the doubling has somewhere to go.
                    var first = Math.Max(1, Math.Min(left, right) >> (int)(bits.Item % 61));
                    var max = Math.Max(first, Math.Max(left, right));
                    var uniform = bits.Item / 4294967296.0;
                    var failures = (int)(bits.Item % 80);
                    var attempt = failures + 1;
                    var delay = Backoff.Delay(attempt, new TimeSpan(first), new TimeSpan(max), uniform);
                    var next = Backoff.Delay(attempt + 1, new TimeSpan(first), new TimeSpan(max), uniform);
                    var ceiling = Ceiling(max, first, failures);
                    return delay.Ticks >= ceiling / 2 && delay.Ticks <= ceiling && next >= delay;
                }
            )
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0, 1, 2, 0.5, "attempt")]
    [InlineData(1, 0, 2, 0.5, "first")]
    [InlineData(1, 2, 1, 0.5, "max")]
    [InlineData(1, 1, 2, -0.1, "uniform")]
    [InlineData(1, 1, 2, 1.0, "uniform")]
    [InlineData(1, 1, 2, double.NaN, "uniform")]
    public void What_is_out_of_range_is_refused_by_name(int attempt, int first, int max, double uniform, string name)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() =>
            Backoff.Delay(attempt, TimeSpan.FromSeconds(first), TimeSpan.FromSeconds(max), uniform)
        );
        Assert.Equal(name, error.ParamName);
    }

    // The same ceiling by plain arithmetic that can't overflow.
    private static long Ceiling(long max, long first, int doublings) => (long)BigInteger.Min(max, first * BigInteger.Pow(2, doublings));
}

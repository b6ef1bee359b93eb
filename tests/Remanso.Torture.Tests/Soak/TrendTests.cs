namespace Remanso.Torture.Tests.Soak;

/// <summary>What the soak takes for growth.</summary>
public sealed class TrendTests
{
    private static readonly Metric _metric = new("something", "MiB", 0.1, 5);

    [Fact]
    public void What_jumps_about_and_comes_back_is_flat() => Assert.True(Of(static i => 100 + (i % 7 * 6)).IsFlat);

    [Fact]
    public void A_few_points_that_are_anywhere_change_nothing() => Assert.True(Of(static i => i % 5 == 4 ? 100 + (i * 50) : 100).IsFlat);

    [Fact]
    public void A_slow_leak_under_much_noise_is_seen()
    {
        var trend = Of(static i => 100 + (i * 0.3) + (i % 7 * 6));

        Assert.False(trend.IsFlat);
        Assert.Equal(30, trend.Growth, tolerance: 5);
    }

    [Fact]
    public void What_shrinks_is_no_growth() => Assert.True(Of(static i => 200 - i).IsFlat);

    [Fact]
    public void Too_few_points_tell_nothing() => Assert.Null(Trend.Of(_metric, [(TimeSpan.Zero, 1), (TimeSpan.FromSeconds(1), 2)]));

    private static Trend Of(Func<int, double> value) =>
        Trend.Of(_metric, [.. Enumerable.Range(0, 100).Select(i => (TimeSpan.FromSeconds(i), value(i)))])!;
}

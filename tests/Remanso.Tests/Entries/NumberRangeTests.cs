using Remanso.Entries;
using Xunit;

namespace Remanso.Tests.Entries;

public sealed class NumberRangeTests
{
    [Theory]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(0, long.MaxValue)]
    [InlineData(long.MinValue, 1)]
    [InlineData(1, 1)]
    [InlineData(int.MinValue, int.MaxValue)]
    [InlineData(0, uint.MaxValue)]
    [InlineData(0, 100)]
    [InlineData(long.MinValue + 1, long.MaxValue - 1)]
    public void The_whole_range_around_a_number_is_found(long least, long most)
    {
        var tries = 0;

        var range = NumberRange.Around(1, number =>
        {
            tries++;
            return least <= number && number <= most;
        });

        Assert.Equal((least, most), (range.Least, range.Most));
        Assert.InRange(tries, 2, 130);
    }
}

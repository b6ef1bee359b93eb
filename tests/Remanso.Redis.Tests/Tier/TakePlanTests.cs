using Remanso.Redis.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

public sealed class TakePlanTests
{
    [Theory]
    [InlineData(new long[] { 0, 0, 0 }, 10, 0, new[] { 0, 0, 0 })]
    [InlineData(new long[] { 5, 0, 3 }, 10, 0, new[] { 5, 0, 3 })]
    [InlineData(new long[] { 100, 100 }, 10, 0, new[] { 5, 5 })]
    [InlineData(new long[] { 100, 2, 100 }, 12, 0, new[] { 5, 2, 5 })]
    [InlineData(new long[] { 9, 9, 9 }, 1, 1, new[] { 0, 1, 0 })]
    [InlineData(new long[] { 9, 0, 9 }, 1, 1, new[] { 0, 0, 1 })]
    [InlineData(new long[] { 9, 9, 9 }, 4, 2, new[] { 1, 1, 2 })]
    public void Each_queue_gets_its_share_and_what_others_leave(long[] queued, int max, int first, int[] expected) =>
        Assert.Equal(expected, TakePlan.Share(queued, max, first));
}

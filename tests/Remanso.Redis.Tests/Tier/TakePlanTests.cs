using Remanso.Redis.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

public sealed class TakePlanTests
{
    [Theory]
    [InlineData(new long[] { 0, 0, 0 }, new long[] { 0, 0, 0 }, 10, new[] { 0, 0, 0 })]
    [InlineData(new long[] { 5, 0, 3 }, new long[] { 0, 0, 0 }, 10, new[] { 5, 0, 3 })]
    [InlineData(new long[] { 100, 100 }, new long[] { 0, 0 }, 10, new[] { 10, 0 })]
    [InlineData(new long[] { 100, 100 }, new long[] { 1, 0 }, 10, new[] { 0, 10 })]
    [InlineData(new long[] { 9, 9, 9 }, new long[] { 3, 1, 2 }, 12, new[] { 0, 9, 3 })]
    [InlineData(new long[] { 9, 0, 9 }, new long[] { 2, 0, 1 }, 1, new[] { 0, 0, 1 })]
    public void A_batch_comes_from_as_few_queues_as_fill_it_the_longest_unserved_first(
        long[] queued,
        long[] served,
        int max,
        int[] expected
    ) => Assert.Equal(expected, TakePlan.Share(queued, served, max));
}

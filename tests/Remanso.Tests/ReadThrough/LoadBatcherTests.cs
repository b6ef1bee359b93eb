using System.Runtime.CompilerServices;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.ReadThrough;

[Collection(ManualClockTests.Name)]
public sealed class LoadBatcherTests
{
    private const int Keys = 50_000;

    [Fact]
    public async Task Queries_that_a_store_answers_at_once_follow_each_other_without_a_call_within_a_call()
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
            (options.Load.MaxBatch, options.Load.MaxConcurrent) = (1, 1)
        );
        var isDeep = false;
        harness.Store.OnLoad = async (_, _) =>
        {
            if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            {
                isDeep = true;
                await Task.Yield();
            }
        };

        var reads = await harness.Cache.GetManyAsync([.. Enumerable.Range(0, Keys).Select(static n => $"k{n}")]);

        Assert.Equal(Keys, reads.Count);
        Assert.Equal(Keys, harness.Store.Loads.Count);
        Assert.False(isDeep);
    }
}

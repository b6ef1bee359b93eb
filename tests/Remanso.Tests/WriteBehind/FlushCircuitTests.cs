using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.WriteBehind;

[Collection(ManualClockTests.Name)]
public sealed class FlushCircuitTests
{
    [Fact]
    public async Task A_store_that_fails_every_batch_is_only_probed_and_flushed_in_full_once_it_is_back()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Flush.BatchSize = 100);
        var down = true;
        var sizes = new List<int>();
        harness.Store.BeforeSave = batch =>
        {
            lock (sizes)
            {
                sizes.Add(batch.Count);
            }

            return down ? throw new StoreException("down", isTransient: true) : Task.CompletedTask;
        };
        for (var i = 0; i < 500; i++)
        {
            await harness.Cache.SetAsync($"k{i}", "v");
        }

        await harness.AdvanceUntilAsync(() => IsProbed(harness), "that the circuit opens");
        Assert.Equal(CircuitState.Open, (await harness.Cache.Operations.GetStatisticsAsync()).Circuit);
        var before = Count(sizes);

        await harness.AdvanceUntilAsync(() => Count(sizes) == before + 3, "three probes");
        lock (sizes)
        {
            Assert.All(sizes.Skip(before), static size => Assert.InRange(size, 1, 10));
        }

        down = false;
        await harness.AdvanceUntilAsync(() => harness.Store.Rows.Count == 500, "that all are stored");
        Assert.Equal(CircuitState.Closed, (await harness.Cache.Operations.GetStatisticsAsync()).Circuit);
        Assert.Empty(harness.Registry.GetProblems());
    }

    [Fact]
    public async Task A_flush_by_hand_probes_an_open_circuit_and_goes_on_where_the_store_is_back()
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
            options.Flush.FirstBackoff = options.Flush.MaxBackoff = TimeSpan.FromMinutes(1)
        );
        var down = true;
        harness.Store.BeforeSave = _ => down ? throw new StoreException("down", isTransient: true) : Task.CompletedTask;
        for (var i = 0; i < 50; i++)
        {
            await harness.Cache.SetAsync($"k{i}", "v");
        }

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(50, (await harness.Cache.Operations.FlushAsync()).Failed.Count);
        }

        Assert.Equal(CircuitState.Open, (await harness.Cache.Operations.GetStatisticsAsync()).Circuit);
        Assert.InRange((await harness.Cache.Operations.FlushAsync()).Failed.Count, 10, 25);

        down = false;
        Assert.Equal(50, (await harness.Cache.Operations.FlushAsync()).Stored);
        Assert.Equal(CircuitState.Closed, (await harness.Cache.Operations.GetStatisticsAsync()).Circuit);
    }

    [Fact]
    public async Task Refusals_for_good_do_not_open_the_circuit()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.BeforeSave = static _ => throw new StoreException("no such table", isTransient: false);
        await harness.Cache.SetAsync("a", "1");
        await harness.Cache.SetAsync("b", "2");

        for (var i = 0; i < 8; i++)
        {
            await harness.Cache.Operations.FlushAsync();
        }

        Assert.Equal(CircuitState.Closed, (await harness.Cache.Operations.GetStatisticsAsync()).Circuit);
    }

    private static bool IsProbed(CacheHarness harness) =>
        harness.Registry.GetProblems().Any(static problem => problem.Contains("is only probed: down", StringComparison.Ordinal));

    private static int Count(List<int> sizes)
    {
        lock (sizes)
        {
            return sizes.Count;
        }
    }
}

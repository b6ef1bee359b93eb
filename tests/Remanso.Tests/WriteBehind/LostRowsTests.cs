using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>Batches of which many entries lose to rows that are newer.</summary>
[Collection(ManualClockTests.Name)]
public sealed class LostRowsTests
{
    [Fact]
    public async Task What_many_entries_lost_to_is_loaded_in_batches()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Load.MaxBatch = 100);
        await LoseAsync(harness, 1000, "newer");

        Assert.All(harness.Store.Loads, static keys => Assert.InRange(keys.Count, 1, 100));
        Assert.InRange(harness.Store.Loads.Count, 10, 20);
        Assert.Equal(ReadSource.Tier, (await harness.Cache.GetAsync("k999")).Source);
    }

    [Fact]
    public async Task Large_rows_that_entries_lost_to_are_left_to_their_reads()
    {
        await using var harness = await CacheHarness.StartAsync();
        var large = new string('x', 1 << 20);
        await LoseAsync(harness, 100, large);

        Assert.InRange(harness.Store.Loads.Sum(static keys => keys.Count), 16, 40);
        Assert.Equal(ReadSource.Tier, (await harness.Cache.GetAsync("k0")).Source);
        Assert.Equal((ReadSource.Store, large), await ReadAsync("k99"));
        Assert.Equal((ReadSource.Tier, large), await ReadAsync("k99"));

        async Task<(ReadSource, string?)> ReadAsync(string key)
        {
            var read = await harness.Cache.GetAsync(key);
            return (read.Source, read.Value);
        }
    }

    private static async Task LoseAsync(CacheHarness harness, int count, string value)
    {
        for (var i = 0; i < count; i++)
        {
            var receipt = await harness.Cache.SetAsync($"k{i}", "old");
            harness.Store.Put($"k{i}", value, receipt.Version + 1);
        }

        await harness.Cache.Operations.FlushAsync();

        var statistics = await harness.Cache.Operations.GetStatisticsAsync();
        Assert.Equal((0, count), (statistics.Dirty.Entries, statistics.Flush.Superseded));
    }
}

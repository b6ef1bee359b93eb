using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Tiers;

/// <summary>A memory tier that nobody flushes has its beat all the same.</summary>
[Collection(ManualClockTests.Name)]
public sealed class UnflushedTierTests
{
    [Fact]
    public async Task What_is_past_its_time_leaves_though_nobody_asks_for_it()
    {
        await using var harness = await CacheHarness.StartAsync(declare: static cache => cache.WithoutStore = true);
        for (var i = 0; i < 1000; i++)
        {
            await harness.Cache.SetAsync($"k{i}", "v", new() { Lifetime = TimeSpan.FromSeconds(1) });
        }

        harness.Time.Advance(TimeSpan.FromHours(1));

        await harness.AdvanceUntilAsync(() => Held(harness) == 0, "the sweep");
    }

    [Fact]
    public async Task The_time_for_which_the_machine_was_suspended_counts()
    {
        await using var harness = await CacheHarness.StartAsync(declare: static cache => cache.WithoutStore = true);
        await harness.Cache.SetAsync("k", "v", new() { Lifetime = TimeSpan.FromMinutes(30) });

        harness.Time.ShiftWallClock(TimeSpan.FromHours(1));
        harness.Time.Advance(TimeSpan.FromMinutes(1));
        await CacheHarness.SettleAsync();

        Assert.False((await harness.Cache.GetAsync("k")).Found);
    }

    private static long Held(CacheHarness harness) =>
        harness.Cache.Operations.GetStatisticsAsync().AsTask().GetAwaiter().GetResult().Memory.Entries;
}

using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Conformance.Tiers;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Tiers;

/// <summary>Who is told that parts of the tier are back.</summary>
[Collection(ManualClockTests.Name)]
public sealed class TierOutagesTests
{
    [Fact]
    public async Task Of_each_partition_that_is_back_it_is_told_and_of_the_last_that_it_is_the_last()
    {
        var time = new ManualTimeProvider();
        var looks = 0;
        var isSecondBack = false;
        await using var tier = new FaultyTier(new MemoryTier("test", new TierOptions { Partitions = 2 }, time))
        {
            IsLocal = false,
            // Each round looks at the first one and then at the second.
            Before = _ =>
                looks++ % 2 == 1 && !isSecondBack
                    ? throw new TierUnavailableException("away", mayHaveHappened: false)
                    : ValueTask.CompletedTask,
        };
        List<(int Partition, bool IsLast)> told = [];
        var outages = new TierOutages(tier, time, NullLogger.Instance) { WhenUp = (partition, isLast) => told.Add((partition, isLast)) };
        for (var n = 0; outages.DownCount < 2; n++)
        {
            outages.ReadFailed($"{n}", new TierUnavailableException("away", mayHaveHappened: false));
        }

        using var stop = new CancellationTokenSource();
        var watching = outages.RunAsync(stop.Token);
        await AdvanceAsync(time);
        Assert.Equal([(0, false)], told);
        isSecondBack = true;
        await AdvanceAsync(time);
        Assert.Equal([(0, false), (1, true)], told);
        await stop.CancelAsync();
        await watching;
    }

    [Fact]
    public async Task The_cause_that_comes_later_takes_the_place_of_the_first()
    {
        var time = new ManualTimeProvider();
        await using var tier = new FaultyTier(new MemoryTier("test", new TierOptions(), time)) { IsLocal = false };
        var outages = new TierOutages(tier, time, NullLogger.Instance);

        outages.ReadFailed("k", new TierUnavailableException("gone", mayHaveHappened: false) { Reason = "It was lost." });
        outages.ReadFailed("k", new TierUnavailableException("no", mayHaveHappened: false) { Reason = "It refuses." });

        Assert.Equal("It refuses.", outages.WhyDown("k")!.Reason);
        Assert.Equal("the tier can't be reached: no", outages.Problem);
    }

    private static async Task AdvanceAsync(ManualTimeProvider time)
    {
        for (var step = 0; step < 20; step++)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await CacheHarness.SettleAsync();
        }
    }
}

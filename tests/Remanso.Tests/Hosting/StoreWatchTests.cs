using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Conformance.Tiers;
using Remanso.Hosting;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Hosting;

/// <summary>Who looks at the store while the tier is away.</summary>
[Collection(ManualClockTests.Name)]
public sealed class StoreWatchTests
{
    [Fact]
    public async Task A_store_that_never_answers_is_asked_once()
    {
        var time = new ManualTimeProvider();
        await using var tier = new FaultyTier(new MemoryTier("test", new TierOptions(), time))
        {
            IsLocal = false,
            Before = static _ => throw new TierUnavailableException("away", mayHaveHappened: false),
        };
        var outages = new TierOutages(tier, time, NullLogger.Instance);
        outages.ReadFailed("k", new TierUnavailableException("away", mayHaveHappened: false));
        var asks = 0;
        var never = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        var watch = new StoreWatch(
            outages,
            _ =>
            {
                asks++;
                return new ValueTask(never.Task);
            },
            time
        );
        var watching = watch.RunAsync(stop.Token);
        for (var second = 0; second < 30; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await CacheHarness.SettleAsync();
        }

        Assert.Equal((1, "the store does not answer"), (asks, watch.Problem));
        never.SetResult();
        await stop.CancelAsync();
        await watching;
    }
}

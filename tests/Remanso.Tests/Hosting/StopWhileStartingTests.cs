using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Hosting;

/// <summary>A stop that comes while the start is still being tried.</summary>
[Collection(ManualClockTests.Name)]
public sealed class StopWhileStartingTests
{
    [Fact]
    public async Task What_keeps_a_cache_from_starting_does_not_keep_it_from_stopping()
    {
        var gate = new Gate();
        var tries = 0;
        await using var harness = await CacheHarness.StartAsync(decorate: inner => new FaultyTier(inner)
        {
            Before = async operation =>
            {
                if (operation == nameof(ICacheTier.InitializeAsync))
                {
                    if (++tries == 2)
                    {
                        await gate.PassAsync();
                    }

                    throw new TierUnavailableException("away", mayHaveHappened: false);
                }
            },
        });
        await harness.AdvanceUntilAsync(() => tries == 2, "a second try");
        await gate.ArrivedAsync();

        var stopping = harness.StopAsync();
        await CacheHarness.SettleAsync();
        gate.Open();

        await harness.AdvanceUntilAsync(() => stopping.IsCompleted, "the stop");
        await stopping;
    }
}

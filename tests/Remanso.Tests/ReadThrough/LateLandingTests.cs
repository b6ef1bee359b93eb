using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.ReadThrough;

/// <summary>Flights that have their answer and are held up before they land, while the key is written, stored and evicted.</summary>
[Collection(ManualClockTests.Name)]
public sealed class LateLandingTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(nameof(ICacheTier.FillAsync), false, false)]
    [InlineData(nameof(ICacheTier.FillAsync), true, false)]
    [InlineData(nameof(ICacheTier.FillAsync), false, true)]
    [InlineData(nameof(ICacheTier.FillAsync), true, true)]
    [InlineData(nameof(ICacheTier.ReadAsync), false, false)]
    public async Task Who_began_after_a_write_does_not_get_an_answer_from_before_it(string heldUp, bool isMany, bool isLost)
    {
        var gate = new Gate();
        // A caller's own look is the first read.
        var skips = heldUp == nameof(ICacheTier.ReadAsync) ? 1 : 0;
        var (reads, passes) = (0, 0);
        await using var harness = await CacheHarness.StartAsync(decorate: inner => new FaultyTier(inner)
        {
            Before = async operation =>
            {
                // Between the caller's look and the flight's own, another flight fills the key.
                if (skips == 1 && operation == heldUp && ++reads == 2)
                {
                    await inner.FillAsync(TierSteps.Loaded("k", await inner.LeaseAsync("k"), "old", 1));
                }
            },
            After = async operation =>
            {
                if (operation == heldUp && passes++ == skips)
                {
                    await gate.PassAsync();
                    if (isLost)
                    {
                        throw new TierUnavailableException("no answer", mayHaveHappened: true);
                    }
                }
            },
        });
        harness.Store.Put("k", "old", 1);
        var early = harness.Cache.GetAsync("k").AsTask();
        await gate.ArrivedAsync();
        var receipt = await harness.Cache.SetAsync("k", "new");
        await harness.Cache.Operations.FlushAsync();
        await harness.Cache.InvalidateAsync(["k"]);
        var late = isMany ? ReadManyAsync(harness.Cache) : harness.Cache.GetAsync("k").AsTask();
        await CacheHarness.SettleAsync();
        gate.Open();

        Assert.Equal("old", (await early.WaitAsync(_patience)).Value);
        var read = await late.WaitAsync(_patience);
        Assert.Equal(("new", receipt.Version), (read.Value, read.Version));
    }

    [Fact]
    public async Task A_load_whose_fills_were_all_voided_is_for_those_alone_who_came_before_its_last_round()
    {
        await using var harness = await CacheHarness.StartAsync();
        var gate = new Gate();
        var loads = 0;
        harness.Store.Put("k", "old", 1);
        harness.Store.OnLoad = async (_, token) =>
        {
            if (++loads < 8)
            {
                await harness.Cache.InvalidateAsync(["k"], token);
            }
            else if (loads == 8)
            {
                await gate.PassAsync(token);
            }
        };
        var early = harness.Cache.GetAsync("k").AsTask();
        await gate.ArrivedAsync();
        harness.Store.Put("k", "new", 2);
        await harness.Cache.InvalidateAsync(["k"]);
        var late = harness.Cache.GetAsync("k").AsTask();
        await CacheHarness.SettleAsync();
        gate.Open();

        Assert.Equal("old", (await early.WaitAsync(_patience)).Value);
        Assert.Equal("new", (await late.WaitAsync(_patience)).Value);
    }

    private static async Task<ReadResult<string>> ReadManyAsync(ICache<string, string> cache) => (await cache.GetManyAsync(["k"]))["k"];
}

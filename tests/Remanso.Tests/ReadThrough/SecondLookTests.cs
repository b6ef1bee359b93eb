using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.ReadThrough;

/// <summary>Of a remote tier, whose look takes its time.</summary>
[Collection(ManualClockTests.Name)]
public sealed class SecondLookTests
{
    [Fact]
    public async Task Who_missed_and_comes_after_another_ones_load_looks_again_and_loads_nothing()
    {
        FaultyTier tier = null!;
        await using var harness = await CacheHarness.StartAsync(decorate: inner => tier = new FaultyTier(inner) { IsLocal = false });
        harness.Store.Put("k", "v", 1);
        var (loading, looking) = (new Gate(), new Gate());
        harness.Store.OnLoad = (_, token) => loading.PassAsync(token);
        var first = harness.Cache.GetAsync("k").AsTask();
        await loading.ArrivedAsync();

        tier.After = operation => operation == nameof(ICacheTier.ReadAsync) ? new ValueTask(looking.PassAsync()) : default;
        var late = harness.Cache.GetAsync("k").AsTask();
        await looking.ArrivedAsync();
        tier.After = null;
        loading.Open();
        await first;
        looking.Open();

        Assert.Equal("v", (await late).Value);
        Assert.Single(harness.Store.Loads);
    }
}

using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>The levels that are the tier's to give: it says beforehand which it can't, and is as good as its word afterwards.</summary>
public abstract class TierDurabilityConformance(TierHarness harness) : CacheTierConformance(harness)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Accepted_and_stored_are_not_the_tiers_to_refuse()
    {
        var tier = await StartAsync();

        Assert.Null(tier.WhyNot(Durability.Accepted));
        Assert.Null(tier.WhyNot(Durability.Stored));
        Assert.Null(tier.Problem);
    }

    [Theory]
    [InlineData(Durability.Replicated)]
    [InlineData(Durability.Logged)]
    public async Task A_level_that_is_not_refused_is_reached_by_every_write_also_by_one_that_was_overtaken(Durability level)
    {
        var tier = await StartAsync();
        if (tier.WhyNot(level) is not null)
        {
            var refused = await tier.WriteAsync("k", "v");
            var exception = await Assert.ThrowsAsync<DurabilityNotReachedException>(async () =>
                await tier.EnsureAsync("k", refused, level, TimeSpan.FromMilliseconds(1), Cancelled)
                    .AsTask()
                    .WaitAsync(_patience, Cancelled)
            );
            Assert.Equal((refused, level), (exception.Version, exception.Asked));
            return;
        }

        var older = await tier.WriteAsync("k", "old");
        var writes = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => tier.WriteAsync(i % 2 == 0 ? "k" : $"k{i}", "new")));
        var ensured = Enumerable
            .Range(0, 100)
            .Select(i => tier.EnsureAsync(i % 2 == 0 ? "k" : $"k{i}", writes[i], level, _patience, Cancelled).AsTask());
        await WithinPatienceAsync(Task.WhenAll(ensured), "the level");
        await WithinPatienceAsync(tier.EnsureAsync("k", older, level, _patience, Cancelled).AsTask(), "the level of an older version");
    }

    [Theory]
    [InlineData(Durability.Replicated)]
    [InlineData(Durability.Logged)]
    public async Task A_deleted_key_reaches_its_level_too(Durability level)
    {
        var tier = await StartAsync();
        var version = await tier.DeleteAsync("k");
        if (tier.WhyNot(level) is null)
        {
            await WithinPatienceAsync(tier.EnsureAsync("k", version, level, _patience, Cancelled).AsTask(), "the level");
        }
    }
}

using Remanso.Conformance.Support;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.ReadThrough;

/// <summary>While the tier can't be reached, reads go to the store: few queries, nothing cached; afterwards as before.</summary>
[Collection(ManualClockTests.Name)]
public sealed class ReadPastTierTests
{
    [Fact]
    public async Task Many_readers_of_a_key_share_one_load_while_the_tier_is_down()
    {
        var (harness, tier) = await DownTier.StartAsync();
        await using var _ = harness;
        var gate = new Gate();
        harness.Store.Put("k", "row", 5);
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        tier.TakeAway();

        var reads = Enumerable.Range(0, 100).Select(_ => harness.Cache.GetAsync("k").AsTask()).ToArray();
        await gate.ArrivedAsync();
        gate.Open();

        foreach (var read in await Task.WhenAll(reads))
        {
            Assert.Equal(("row", 5, ReadSource.Store), (read.Value, read.Version, read.Source));
        }

        Assert.Single(harness.Store.Loads);
    }

    [Fact]
    public async Task The_bulkhead_holds_while_the_tier_is_down()
    {
        var (harness, tier) = await DownTier.StartAsync(static options => options.Load.MaxConcurrent = 2);
        await using var _ = harness;
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        tier.TakeAway();

        var reads = Enumerable.Range(0, 50).Select(n => harness.Cache.GetAsync($"k{n}").AsTask()).ToArray();
        await gate.ArrivedAsync(2);
        gate.Open();
        await Task.WhenAll(reads);

        Assert.Equal(2, harness.Store.MostLoadsAtOnce);
        Assert.True(harness.Store.Loads.Count <= 4, $"{harness.Store.Loads.Count} queries");
    }

    [Fact]
    public async Task A_tier_that_stalls_holds_up_only_those_who_find_that_out()
    {
        var (harness, tier) = await DownTier.StartAsync();
        await using var _ = harness;
        harness.Store.Put("k", "row", 5);
        tier.TakeAway();
        await harness.Cache.GetAsync("k");

        using var stall = tier.Stall();

        Assert.Equal("row", (await harness.Cache.GetAsync("k").AsTask().WaitAsync(TimeSpan.FromSeconds(60))).Value);
    }

    [Theory]
    [InlineData(nameof(ICacheTier.FillAsync))]
    [InlineData(nameof(ICacheTier.WaitForFillAsync))]
    public async Task A_load_that_cannot_be_cached_is_answered_all_the_same(string operation)
    {
        var (harness, tier) = await DownTier.StartAsync();
        await using var _ = harness;
        harness.Store.Put("k", "row", 5);
        if (operation == nameof(ICacheTier.WaitForFillAsync))
        {
            Assert.NotEqual(0, (await tier.Tier.ReadAsync("k", holder: 7, CancellationToken.None)).Lease);
        }

        tier.TakeAway(operation);

        var read = await harness.Cache.GetAsync("k");

        Assert.Equal(("row", ReadSource.Store, ReadFlags.Found), (read.Value, read.Source, read.Flags));
        Assert.Single(harness.Store.Loads);
    }

    [Fact]
    public async Task Many_keys_leave_as_one_query_while_the_tier_is_down()
    {
        var (harness, tier) = await DownTier.StartAsync();
        await using var _ = harness;
        harness.Store.Put("a", "1", 5);
        harness.Store.Put("b", "2", 6);
        tier.TakeAway();

        var first = await harness.Cache.GetManyAsync(["a", "b", "c"]);
        var second = await harness.Cache.GetManyAsync(["a", "b", "c"]);

        Assert.Equal(
            "1 2 absent",
            string.Join(' ', first.OrderBy(static read => read.Key).Select(static read => read.Value.Value ?? "absent"))
        );
        Assert.Equal(first.Select(static read => read.Value.Version), second.Select(static read => read.Value.Version));
        Assert.Equal(2, harness.Store.Loads.Count);
    }

    [Fact]
    public async Task A_callers_own_loader_answers_while_the_tier_is_down()
    {
        var (harness, tier) = await DownTier.StartAsync();
        await using var _ = harness;
        tier.TakeAway();

        var read = await harness.Cache.GetOrLoadAsync("k", static (_, _) => ValueTask.FromResult<string?>("computed"));

        Assert.Equal("computed", read.Value);
    }

    [Fact]
    public async Task What_only_the_tier_can_answer_fails_while_it_is_down()
    {
        var (harness, tier) = await DownTier.StartAsync();
        await using var _ = harness;
        tier.TakeAway();

        await Assert.ThrowsAsync<TierUnavailableException>(() => harness.Cache.GetAsync("k", ReadFrom.Tier).AsTask());
        Assert.False((await harness.Cache.GetAsync("k", ReadFrom.Store)).Found);
    }

    [Fact]
    public async Task A_tier_that_is_back_serves_again_and_readiness_told_so()
    {
        var (harness, tier) = await DownTier.StartAsync();
        await using var _ = harness;
        harness.Store.Put("k", "row", 5);
        Assert.Empty(harness.Registry.GetProblems());
        tier.TakeAway();
        await harness.Cache.GetAsync("k");
        Assert.Contains(
            "the tier can't be reached: taken away by the test",
            Assert.Single(harness.Registry.GetProblems()),
            StringComparison.Ordinal
        );

        tier.GiveBack();
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "the process is ready again");

        Assert.Equal(ReadSource.Store, (await harness.Cache.GetAsync("k")).Source);
        Assert.Equal(ReadSource.Tier, (await harness.Cache.GetAsync("k")).Source);
    }

    [Fact]
    public async Task A_process_that_nobody_asks_notices_too()
    {
        var (harness, tier) = await DownTier.StartAsync();
        await using var _ = harness;

        tier.TakeAway(nameof(ICacheTier.ReadAsync));

        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 1, "readiness tells that the tier is down");
    }
}

using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Stores;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.ReadThrough;

/// <summary>What becomes of copies when the store says that others have changed its rows.</summary>
[Collection(ManualClockTests.Name)]
public sealed class StoreChangeTests
{
    private readonly ManualChangeFeed _feed = new();

    [Fact]
    public async Task A_row_that_others_changed_is_loaded_again()
    {
        var (harness, changes) = await StartAsync();
        await using var _ = harness;
        await ReadBothAsync(harness, "v");
        PutBoth(harness, "theirs");

        await changes.OnChangedAsync("test", ["a", "", "no\nkey"]);
        await changes.OnChangedAsync("of another process", ["b"]);

        Assert.Equal("theirs", (await harness.Cache.GetAsync("a")).Value);
        Assert.Equal("v", (await harness.Cache.GetAsync("b")).Value);
    }

    [Theory]
    [InlineData("test", "theirs")]
    [InlineData(null, "theirs")]
    [InlineData("other", "v")]
    public async Task Where_any_row_may_have_changed_all_are_loaded_again(string? cache, string expected)
    {
        var (harness, changes) = await StartAsync();
        await using var _ = harness;
        await ReadBothAsync(harness, "v");
        PutBoth(harness, "theirs");

        await changes.OnAllChangedAsync(cache);

        await ReadBothAsync(harness, expected);
    }

    [Theory]
    [InlineData(true, false, "theirs")]
    [InlineData(true, true, "theirs")]
    [InlineData(false, false, "v")]
    [InlineData(false, true, "theirs")]
    public async Task Where_changes_may_have_been_missed_all_are_loaded_again(bool isLocal, bool again, string expected)
    {
        var (harness, changes) = await StartAsync(tier => new FaultyTier(tier) { IsLocal = isLocal });
        await using var _ = harness;
        await ReadBothAsync(harness, "v");
        PutBoth(harness, "theirs");

        await changes.OnListeningAsync(again);

        await ReadBothAsync(harness, expected);
    }

    [Fact]
    public async Task What_is_dirty_stays()
    {
        var (harness, changes) = await StartAsync();
        await using var _ = harness;
        await harness.Cache.SetAsync("a", "ours");
        await changes.OnChangedAsync("test", ["a"]);
        await changes.OnAllChangedAsync(null);
        Assert.Equal("ours", (await harness.Cache.GetAsync("a")).Value);
    }

    [Fact]
    public async Task A_tier_that_can_not_be_reached_drops_its_copies_when_it_is_back()
    {
        var isDown = false;
        var refused = 0;
        var (harness, changes) = await StartAsync(tier => new FaultyTier(tier)
        {
            IsLocal = false,
            Before = operation =>
                isDown && operation == nameof(ICacheTier.InvalidateAllAsync) && Interlocked.Increment(ref refused) > 0
                    ? throw new TierUnavailableException("taken away by the test", mayHaveHappened: false)
                    : ValueTask.CompletedTask,
        });
        await using var _ = harness;
        await ReadBothAsync(harness, "v");
        PutBoth(harness, "theirs");
        isDown = true;
        await changes.OnAllChangedAsync(null);
        Assert.NotEqual(0, Volatile.Read(ref refused));

        isDown = false;

        await harness.AdvanceUntilAsync(
            () => harness.Cache.GetAsync("a").AsTask().Result is { Value: "theirs", Source: ReadSource.Tier },
            "the copies are dropped"
        );
    }

    private static async Task ReadBothAsync(CacheHarness harness, string expected)
    {
        Assert.Equal(expected, (await harness.Cache.GetAsync("a")).Value);
        Assert.Equal(expected, (await harness.Cache.GetAsync("b")).Value);
    }

    private static void PutBoth(CacheHarness harness, string value)
    {
        harness.Store.Put("a", value, 1);
        harness.Store.Put("b", value, 1);
    }

    private async Task<(CacheHarness Harness, IStoreChangeObserver Changes)> StartAsync(Func<ICacheTier, ICacheTier>? decorate = null)
    {
        var store = new ScriptedStore { Changes = _feed };
        var harness = await CacheHarness.StartAsync(store: store, decorate: decorate);
        PutBoth(harness, "v");
        return (harness, await _feed.Observer);
    }
}

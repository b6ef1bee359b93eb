using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>Dropping clean copies.</summary>
public abstract class TierInvalidationConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Fact]
    public async Task Invalidation_drops_the_clean_copies_of_its_keys()
    {
        var tier = await StartAsync();
        foreach (var key in new[] { "a", "b", "c" })
        {
            await tier.FillAsync(key, "v", 42);
        }

        await tier.InvalidateAsync("a", "c", "none");
        await tier.AssertMissAsync("a");
        await tier.AssertMissAsync("c");
        await tier.HitAsync("b");
    }

    [Fact]
    public async Task Invalidation_leaves_dirty_entries_and_their_markers()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        await tier.InvalidateAsync("k");
        await tier.InvalidateAllAsync(Cancelled);
        Assert.Equal("v", (await tier.HitAsync("k")).Text());
        Assert.Equal("v", Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync())).Entry.Text());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_invalidated_between_its_save_and_its_settlement_leaves_no_copy(bool all)
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        if (all)
        {
            await tier.InvalidateAllAsync(Cancelled);
        }
        else
        {
            await tier.InvalidateAsync("k");
        }

        Assert.Equal("v", (await tier.HitAsync("k")).Text());

        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.Stored()));

        await tier.AssertMissAsync("k");
        Assert.Equal(default, await tier.DirtyAsync());
    }

    [Fact]
    public async Task What_is_written_after_an_invalidation_leaves_its_copy()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        await tier.InvalidateAsync("k");
        await tier.WriteAsync("k", "w");

        await tier.FlushAsync();

        Assert.False((await tier.HitAsync("k")).IsDirty);
    }

    [Fact]
    public async Task Invalidation_of_all_drops_every_clean_copy()
    {
        var tier = await StartAsync();
        for (var i = 0; i < 50; i++)
        {
            await tier.FillAsync($"key:{i}", "v", 42);
        }

        await tier.InvalidateAllAsync(Cancelled);
        for (var i = 0; i < 50; i++)
        {
            await tier.AssertMissAsync($"key:{i}");
        }
    }

    [Fact]
    public async Task A_stale_copy_is_dropped_as_well()
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", "v", 42, Moment, Ages);
        await OutlastMomentAsync();
        await tier.InvalidateAsync("k");
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task The_version_grows_over_an_invalidation()
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", "v");
        await tier.FlushAsync();
        await tier.InvalidateAsync("k");
        Assert.True(await tier.WriteAsync("k", "w") > version);
    }
}

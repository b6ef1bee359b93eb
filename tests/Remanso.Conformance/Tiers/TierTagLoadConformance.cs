using Remanso.Conformance.Servers;
using Remanso.Entries;
using Remanso.Tiers;
using Xunit;
using static Remanso.Conformance.Tiers.TagSteps;

namespace Remanso.Conformance.Tiers;

/// <summary>Loads and fill leases beside a removal by tag.</summary>
public abstract class TierTagLoadConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Fact]
    public async Task A_first_load_that_began_before_the_removal_can_not_fill_what_carries_the_tag()
    {
        var tier = await StartAsync();
        var lease = await tier.LeaseAsync("k");
        await RemoveAsync(tier, "red");
        Assert.Equal(new FillResult(false, null), await tier.FillAsync(Loaded("k", lease, 42, ["blue", "red"])));
        await tier.AssertMissAsync("k");
        await FillAsync(tier, "k", "blue", "red");
        await tier.HitAsync("k");
    }

    [Fact]
    public async Task A_load_that_began_before_the_removal_fills_what_does_not_carry_the_tag()
    {
        var tier = await StartAsync();
        var (tagged, plain) = (await tier.LeaseAsync("tagged"), await tier.LeaseAsync("plain"));
        await RemoveAsync(tier, "red");
        Assert.True((await tier.FillAsync(Loaded("tagged", tagged, 42, ["blue"]))).Filled);
        Assert.True((await tier.FillAsync(TierSteps.Loaded("plain", plain, "v", 42))).Filled);
        await tier.HitAsync("tagged");
        await tier.HitAsync("plain");
    }

    [Fact]
    public async Task A_refused_fill_ends_its_lease()
    {
        var tier = await StartAsync();
        var lease = await tier.LeaseAsync("k");
        await RemoveAsync(tier, "red");
        await tier.FillAsync(Loaded("k", lease, 42, ["red"]));
        Assert.NotEqual(0, await tier.LeaseAsync("k", holder: 8));
    }

    [Fact]
    public async Task A_background_refresh_that_began_before_the_removal_can_not_fill()
    {
        var tier = await StartAsync();
        await FillAsync(tier, "k", "red");
        var lease = await tier.TryLeaseAsync("k", TierSteps.Holder, Cancelled);
        await RemoveAsync(tier, "red");
        Assert.Equal(new FillResult(false, null), await tier.FillAsync(Loaded("k", lease, 43, ["red"])));
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task A_lease_that_is_prolonged_is_as_old_as_before()
    {
        var tier = await StartAsync();
        var lease = await tier.LeaseAsync("k");
        await RemoveAsync(tier, "red");
        Assert.Equal(lease, await tier.LeaseAsync("k"));
        Assert.False((await tier.FillAsync(Loaded("k", lease, 42, ["red"]))).Filled);
    }

    [Fact]
    public async Task An_older_row_without_the_tag_does_not_follow_a_removed_copy()
    {
        var tier = await StartAsync();
        await FillAsync(tier, "k", "red");
        var lease = await tier.TryLeaseAsync("k", TierSteps.Holder, Cancelled);
        await RemoveAsync(tier, "red");
        Assert.Equal(new FillResult(false, null), await tier.FillAsync(TierSteps.Loaded("k", lease, "older", 41)));
    }

    [Fact]
    public async Task An_older_row_that_was_loaded_after_the_removal_fills()
    {
        var tier = await StartAsync();
        await FillAsync(tier, "k", "red");
        await RemoveAsync(tier, "red");
        await tier.FillAsync("k", "restored", 40);
        Assert.Equal("restored", (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task Loads_and_removals_that_race_never_leave_an_older_row()
    {
        var tier = await StartAsync();
        using var done = new CancellationTokenSource();
        var row = 0;
        var loaders = Enumerable.Range(1, 3).Select(holder => Task.Run(() => LoadAsync(holder))).ToArray();
        try
        {
            for (var i = 1; i <= 100; i++)
            {
                Volatile.Write(ref row, i);
                await RemoveAsync(tier, "red");
                CacheEntry? entry = null;
                await Until.TrueAsync(async () => (entry = (await tier.ReadAsync("k")).Entry) is not null, "it is filled again");
                Assert.Equal($"{i}", entry!.Text());
            }
        }
        finally
        {
            await done.CancelAsync();
            await Task.WhenAll(loaders);
        }

        async Task LoadAsync(long holder)
        {
            while (!done.IsCancellationRequested)
            {
                var lease = (await tier.ReadAsync("k", holder, Cancelled)).Lease;
                lease = lease == 0 ? await tier.TryLeaseAsync("k", holder, Cancelled) : lease;
                if (lease != 0)
                {
                    // Each row has the same version, so that only tag and lease tell the old from the new.
                    await tier.FillAsync(Loaded("k", lease, 42, ["red"], value: $"{Volatile.Read(ref row)}"));
                }
            }
        }
    }
}

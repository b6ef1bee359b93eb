using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>The limits to what may be dirty.</summary>
public abstract class TierBackPressureConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Fact]
    public async Task Beyond_the_limit_of_entries_writes_are_refused_until_a_flush()
    {
        var tier = await StartWithTwoAsync();
        await AssertFullAsync(tier, "c", "3");
        await tier.AssertMissAsync("c");
        await tier.FlushAsync();
        await tier.WriteAsync("c", "3");
    }

    [Fact]
    public async Task A_dirty_key_may_be_written_again_at_the_limit()
    {
        var tier = await StartWithTwoAsync();
        await tier.WriteAsync("a", "1 again");
        Assert.Equal("1 again", (await tier.HitAsync("a")).Text());
    }

    [Fact]
    public async Task A_dirty_key_may_be_deleted_at_the_limit()
    {
        var tier = await StartWithTwoAsync();
        await tier.DeleteAsync("a");
        Assert.True((await tier.HitAsync("a")).IsTombstone);
    }

    [Fact]
    public async Task A_clean_key_may_not_be_written_at_the_limit_and_keeps_its_value()
    {
        var tier = await StartAsync(options => (options.Partitions, options.MaxDirtyEntries) = (1, 1));
        await tier.WriteAsync("a", "1");
        await tier.FlushAsync();
        await tier.WriteAsync("b", "2");
        await AssertFullAsync(tier, "a", "3");
        Assert.Equal("1", (await tier.HitAsync("a")).Text());
    }

    [Fact]
    public async Task A_refused_write_does_not_void_a_fill_lease()
    {
        var tier = await StartWithTwoAsync();
        var lease = await tier.LeaseAsync("c");
        await AssertFullAsync(tier, "c", "refused");
        Assert.True((await tier.FillAsync(TierSteps.Loaded("c", lease, "loaded", 42))).Filled);
    }

    [Fact]
    public async Task Beyond_the_limit_of_bytes_writes_are_refused_until_a_flush()
    {
        var tier = await StartAsync(options => (options.Partitions, options.MaxDirtyBytes) = (1, 1000));
        await tier.WriteAsync("a", new string('a', 600));
        await AssertFullAsync(tier, "b", new string('b', 600));
        await tier.WriteAsync("b", new string('b', 300));
        await AssertFullAsync(tier, "b", new string('b', 450));
        await tier.WriteAsync("b", new string('b', 200));
        await tier.FlushAsync();
        await tier.WriteAsync("b", new string('b', 600));
    }

    [Fact]
    public async Task After_a_refusal_there_is_room_only_once_enough_was_flushed()
    {
        var tier = await StartAsync(static options => (options.Partitions, options.MaxDirtyEntries, options.ResumeAt) = (1, 4, 0.5));
        foreach (var key in (string[])["a", "b", "c", "d"])
        {
            await tier.WriteAsync(key, "1");
        }

        await AssertFullAsync(tier, "e", "2");
        var leases = await tier.AcquireAllAsync();

        await FlushOneAsync(tier, leases);
        await AssertFullAsync(tier, "e", "2");
        await tier.WriteAsync("d", "2");
        await FlushOneAsync(tier, leases);
        await tier.DirtyAsync();

        await tier.WriteAsync("e", "2");
        await tier.WriteAsync("f", "2");
        Assert.Equal(4, (await tier.DirtyAsync()).Entries);
    }

    [Fact]
    public async Task While_the_oldest_entry_is_too_old_nothing_is_added_to_what_is_dirty()
    {
        var tier = await StartAsync(static options => (options.Partitions, options.MaxDirtyAge) = (1, Moment));
        await tier.WriteAsync("a", "1");
        await OutlastMomentAsync();
        await tier.DirtyAsync();

        await AssertFullAsync(tier, "b", "2");
        await tier.WriteAsync("a", "3");
        await tier.FlushAsync();
        await tier.DirtyAsync();
        await tier.WriteAsync("b", "2");
    }

    [Fact]
    public async Task A_key_that_is_too_old_may_be_deleted()
    {
        var tier = await StartAsync(static options => (options.Partitions, options.MaxDirtyAge) = (1, Moment));
        await tier.WriteAsync("a", "1");
        await OutlastMomentAsync();
        await tier.DirtyAsync();

        await tier.DeleteAsync("a");

        Assert.True((await tier.HitAsync("a")).IsTombstone);
    }

    private static async Task FlushOneAsync(ICacheTier tier, IReadOnlyList<PartitionLease> leases) =>
        await tier.SettleAsync(Assert.Single(await tier.TakeAsync(leases, 1)).Stored());

    private static async Task AssertFullAsync(ICacheTier tier, string key, string value)
    {
        var result = await tier.TryWriteAsync(new TierWrite { Key = key, Value = TierSteps.Bytes(value) });
        Assert.Equal(TierWriteOutcome.Full, result.Outcome);
        Assert.InRange(result.RetryAfter, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
    }

    private async Task<ICacheTier> StartWithTwoAsync()
    {
        var tier = await StartAsync(options => (options.Partitions, options.MaxDirtyEntries) = (1, 2));
        await tier.WriteAsync("a", "1");
        await tier.WriteAsync("b", "2");
        return tier;
    }
}

using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>Take and settle.</summary>
public abstract class TierFlushConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Fact]
    public async Task Many_writes_of_a_key_are_taken_as_one_with_the_last_value()
    {
        var tier = await StartAsync();
        for (var i = 0; i < 5; i++)
        {
            await tier.WriteAsync("k", $"{i}");
        }

        var version = await tier.WriteAsync("k", "last");
        var leases = await tier.AcquireAllAsync();
        var taken = Assert.Single(await tier.TakeAsync(leases));
        Assert.Equal(("k", "last", version), (taken.Key, taken.Entry.Text(), taken.Entry.Version));

        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.Stored()));
        Assert.Empty(await tier.TakeAsync(leases));
    }

    [Fact]
    public async Task A_take_says_whether_it_left_something()
    {
        var tier = await StartAsync();
        var leases = await tier.AcquireAllAsync();
        await WriteRangeAsync(tier, 10);
        Assert.True((await tier.TakeAsync(leases, 4)).HasMore);
        Assert.False((await tier.TakeAsync(leases)).HasMore);
        Assert.False((await tier.TakeAsync([])).HasMore);
    }

    [Fact]
    public async Task A_batch_never_holds_a_key_twice()
    {
        var tier = await StartAsync();
        var leases = await tier.AcquireAllAsync();
        await WriteRangeAsync(tier, 10);
        await tier.TakeAsync(leases, 5);
        await WriteRangeAsync(tier, 10);
        var taken = await tier.TakeAsync(leases);
        Assert.Equal(10, taken.Count);
        Assert.Equal(10, taken.Select(entry => entry.Key).Distinct().Count());
    }

    [Fact]
    public async Task A_batch_never_holds_a_key_twice_even_while_it_is_written()
    {
        var tier = await StartAsync();
        var leases = await tier.AcquireAllAsync();
        var writer = Task.Run(
            async () =>
            {
                for (var i = 0; i < 2000; i++)
                {
                    await tier.WriteAsync("k", "v");
                }
            },
            Cancelled
        );
        while (!writer.IsCompleted)
        {
            Assert.InRange((await tier.TakeAsync(leases)).Count, 0, 1);
            await Task.Yield();
        }

        await writer;
    }

    [Fact]
    public async Task What_the_store_has_is_clean_and_gets_its_TTL()
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", "v");
        await tier.WriteAsync("brief", "v");
        foreach (var taken in await tier.TakeAsync(await tier.AcquireAllAsync()))
        {
            // The one that is read lives for longer than a busy machine may take until then.
            var ttl = taken.Key == "k" ? Ages : Moment;
            Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.Stored(ttl)));
        }

        var entry = await tier.HitAsync("k");
        Assert.Equal((EntryState.None, "v", version, false), (entry.State, entry.Text(), entry.Version, entry.IsAdopted));
        Assert.InRange(entry.FreshUntil - tier.Now, 3_000_000_000, 3_605_000_000);
        await OutlastMomentAsync();
        await tier.AssertMissAsync("brief");
        await tier.HitAsync("k");
    }

    [Fact]
    public async Task What_was_settled_is_not_taken_again()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        await tier.FlushAsync();
        Assert.Empty(await tier.TakeAsync(await tier.AcquireAllAsync()));
    }

    [Fact]
    public async Task A_write_during_its_own_flush_stays_dirty()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "old");
        var leases = await tier.AcquireAllAsync();
        var taken = Assert.Single(await tier.TakeAsync(leases));
        await tier.WriteAsync("k", "new");
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(taken.Stored()));

        var entry = await tier.HitAsync("k");
        Assert.Equal((EntryState.Dirty, "new"), (entry.State, entry.Text()));
        var again = Assert.Single(await tier.TakeAsync(leases));
        Assert.Equal("new", again.Entry.Text());
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(again.Stored()));
        Assert.False((await tier.HitAsync("k")).IsDirty);
    }

    [Fact]
    public async Task What_was_taken_and_not_settled_comes_first_with_its_current_value()
    {
        var tier = await StartAsync(options => options.Partitions = 1);
        var leases = await tier.AcquireAllAsync();
        await tier.WriteAsync("a", "1");
        await tier.TakeAsync(leases);
        await tier.WriteAsync("b", "2");
        await tier.WriteAsync("a", "3");
        var first = Assert.Single(await tier.TakeAsync(leases, 1));
        Assert.Equal(("a", "3"), (first.Key, first.Entry.Text()));

        // The value is current, so a marker queued for it has nothing left to say.
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(first.Stored()));
        Assert.Equal("b", Assert.Single(await tier.TakeAsync(leases)).Key);
    }

    [Fact]
    public async Task What_a_dead_worker_took_is_taken_by_its_successor()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        Assert.Single(await tier.TakeAndEndAsync("dead", Moment));
        await OutlastMomentAsync();
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync("successor")));
        Assert.Equal("v", taken.Entry.Text());
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.Stored()));
    }

    [Fact]
    public async Task Under_a_lost_lease_nothing_is_taken()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        var lost = await tier.AcquireAllAsync("zombie", Moment);
        await OutlastMomentAsync();
        Assert.Empty(await tier.TakeAsync(lost));
        await tier.AcquireAllAsync("successor");
        Assert.Empty(await tier.TakeAsync(lost));
    }

    [Fact]
    public async Task Under_a_lost_lease_nothing_is_settled()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        var taken = Assert.Single(await tier.TakeAndEndAsync("zombie", Moment));
        await OutlastMomentAsync();
        var leases = await tier.AcquireAllAsync("successor");
        Assert.Equal(SettleResult.LeaseLost, await tier.SettleAsync(taken.Stored()));
        Assert.True((await tier.HitAsync("k")).IsDirty);
        Assert.Single(await tier.TakeAsync(leases));
    }

    [Fact]
    public async Task A_conditional_write_during_its_own_flush_is_flushed_again()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "old");
        var leases = await tier.AcquireAllAsync();
        var taken = Assert.Single(await tier.TakeAsync(leases));
        await tier.WriteIfAsync("k", "new", WriteCondition.Present);
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(taken.Stored()));
        Assert.Equal("new", Assert.Single(await tier.TakeAsync(leases)).Entry.Text());
    }

    [Fact]
    public async Task A_settlement_may_be_repeated()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await tier.SettleAsync(taken.Stored());
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.Stored()));
        Assert.Equal(default, await tier.DirtyAsync());

        await tier.WriteAsync("k", "w");
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(taken.Stored()));
        Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
    }

    [Fact]
    public async Task A_settlement_of_an_older_version_leaves_the_newer_one_to_its_own()
    {
        var tier = await StartAsync();
        var leases = await tier.AcquireAllAsync();
        await tier.WriteAsync("k", "old");
        var old = Assert.Single(await tier.TakeAsync(leases));
        await tier.WriteAsync("k", "new");
        await tier.TakeAsync(leases);
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(old.Stored()));
        var taken = Assert.Single(await tier.TakeAsync(leases));
        Assert.Equal("new", taken.Entry.Text());
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.Stored()));
        Assert.Equal(default, await tier.DirtyAsync());
    }

    [Fact]
    public async Task A_superseded_entry_adopts_the_stores_row()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "lost");
        var ahead = tier.Now + 3_600_000_000;
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.Superseded("the store's", ahead)));
        var entry = await tier.HitAsync("k");
        Assert.Equal(("the store's", ahead, EntryState.None, true), (entry.Text(), entry.Version, entry.State, entry.IsAdopted));
        Assert.True(await tier.WriteAsync("k", "next") > ahead);
    }

    [Fact]
    public async Task A_superseded_entry_that_was_written_meanwhile_stays_dirty()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "lost");
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await tier.WriteAsync("k", "new");
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(taken.Superseded("the store's", taken.Entry.Version + 1)));
        Assert.Equal("new", (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task A_deleted_key_is_flushed_as_a_tombstone_and_stays_known_as_absent()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        var version = await tier.DeleteAsync("k");
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        Assert.True(taken.Entry.IsTombstone);
        await tier.SettleAsync(taken.Stored());
        var entry = await tier.HitAsync("k");
        Assert.Equal((EntryState.Tombstone, version), (entry.State, entry.Version));
    }

    [Fact]
    public async Task A_dirty_entry_outlives_its_lifetime_in_the_queue()
    {
        var tier = await StartAsync();
        var expiresAt = tier.Now + (Moment.Ticks / TimeSpan.TicksPerMicrosecond);
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Value = TierSteps.Bytes("v"),
                ExpiresAt = expiresAt,
            }
        );
        await OutlastMomentAsync();
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        Assert.Equal(("v", expiresAt), (taken.Entry.Text(), taken.Entry.ExpiresAt));
    }

    [Fact]
    public async Task A_batch_is_no_larger_than_asked_for()
    {
        var tier = await StartAsync();
        await WriteRangeAsync(tier, 20);
        var leases = await tier.AcquireAllAsync();
        Assert.Equal(7, (await tier.TakeAsync(leases, 7)).Count);
        Assert.Equal(20, (await tier.TakeAsync(leases)).Count);
    }

    [Fact]
    public async Task Only_the_leased_partitions_are_taken_from()
    {
        var tier = await StartAsync();
        await WriteRangeAsync(tier, 40);
        var leases = await tier.AcquirePartitionsAsync("worker", [2], Ages, Cancelled);
        var taken = await tier.TakeAsync(leases);
        Assert.NotEmpty(taken);
        Assert.All(taken, entry => Assert.Equal(2, Partition.Of(entry.Key, tier.Partitions)));
        Assert.All(taken, entry => Assert.Equal(leases[0], entry.Lease));
    }

    [Fact]
    public async Task No_partition_starves()
    {
        var tier = await StartAsync();
        var leases = await tier.AcquireAllAsync();
        var seen = new HashSet<int>();
        await WriteRangeAsync(tier, 100);
        for (var batch = 0; batch < 12; batch++)
        {
            var taken = await tier.TakeAsync(leases, 1);
            seen.Add(Partition.Of(Assert.Single(taken).Key, tier.Partitions));
            await tier.SettleAsync(taken[0].Stored());

            // The queues never run dry: what was flushed is written again at once.
            await tier.WriteAsync(taken[0].Key, "again");
        }

        Assert.Equal(tier.Partitions, seen.Count);
    }

    [Fact]
    public async Task Many_settlements_stand_at_the_index_of_their_entries()
    {
        var tier = await StartAsync();
        await WriteRangeAsync(tier, 10);
        var taken = await tier.TakeAsync(await tier.AcquireAllAsync());
        await tier.WriteAsync(taken[3].Key, "new");
        var results = await tier.SettleAsync([.. taken.Select(entry => entry.Stored())], Cancelled);
        Assert.Equal([3], results.Index().Where(result => result.Item == SettleResult.StillDirty).Select(result => result.Index));
    }

    private static async Task WriteRangeAsync(ICacheTier tier, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await tier.WriteAsync($"key:{i}", $"{i}");
        }
    }
}

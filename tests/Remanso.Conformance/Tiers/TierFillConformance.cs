using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>Fill leases, fills, and the wait for another's fill.</summary>
public abstract class TierFillConformance(TierHarness harness) : CacheTierConformance(harness)
{
    private const long Other = TierSteps.Holder + 1;

    [Fact]
    public async Task One_holder_at_a_time_has_the_lease()
    {
        var tier = await StartAsync();
        var token = await tier.LeaseAsync("k");
        Assert.Equal(0, (await tier.ReadAsync("k", Other, Cancelled)).Lease);
        Assert.Equal(0, await tier.TryLeaseAsync("k", Other, Cancelled));
        Assert.Equal(token, (await tier.ReadAsync("k", TierSteps.Holder, Cancelled)).Lease);
        Assert.Equal(token, await tier.TryLeaseAsync("k", TierSteps.Holder, Cancelled));
    }

    [Fact]
    public async Task Of_many_that_miss_at_once_one_gets_the_lease()
    {
        var tier = await StartAsync();
        var reads = await Task.WhenAll(
            Enumerable.Range(1, 32).Select(holder => Task.Run(async () => await tier.ReadAsync("k", holder, Cancelled), Cancelled))
        );
        Assert.Single(reads, read => read.Lease != 0);
    }

    [Fact]
    public async Task A_token_is_never_given_twice()
    {
        var tier = await StartAsync();
        var tokens = new HashSet<long>();
        for (var i = 0; i < 20; i++)
        {
            var token = await tier.LeaseAsync("k");
            Assert.True(tokens.Add(token));
            await tier.ReleaseLeaseAsync("k", token, Cancelled);
        }
    }

    [Fact]
    public async Task A_fill_under_its_lease_is_served()
    {
        var tier = await StartAsync();
        var result = await tier.FillAsync(TierSteps.Loaded("k", await tier.LeaseAsync("k"), "v", 42));
        Assert.True(result.Filled);
        Assert.Equal(("v", 42L), (result.Current!.Text(), result.Current!.Version));
        Assert.Equal("v", (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task A_fill_ends_its_lease()
    {
        var tier = await StartAsync();
        var token = await tier.LeaseAsync("k");
        await tier.FillAsync(TierSteps.Loaded("k", token, "v", 42));
        var again = await tier.FillAsync(TierSteps.Loaded("k", token, "w", 43));
        Assert.False(again.Filled);
        Assert.Equal("v", again.Current!.Text());
        Assert.NotEqual(0, await tier.TryLeaseAsync("k", Other, Cancelled));
    }

    [Fact]
    public async Task A_fill_without_the_lease_is_refused()
    {
        var tier = await StartAsync();
        var token = await tier.LeaseAsync("k");
        Assert.Equal(new FillResult(false, null), await tier.FillAsync(TierSteps.Loaded("k", token + 1, "v", 42)));
        Assert.Equal(new FillResult(false, null), await tier.FillAsync(TierSteps.Loaded("other", token, "v", 42)));
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task A_write_voids_the_lease()
    {
        var tier = await StartAsync();
        var token = await tier.LeaseAsync("k");
        await tier.WriteAsync("k", "written");
        var result = await tier.FillAsync(TierSteps.Loaded("k", token, "loaded", VersionAhead(tier)));
        Assert.False(result.Filled);
        Assert.Equal("written", result.Current!.Text());
        Assert.Equal("written", (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task A_conditional_write_voids_the_lease()
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", "loaded", 42);
        var token = await tier.TryLeaseAsync("k", TierSteps.Holder, Cancelled);
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.WriteIfAsync("k", "written", WriteCondition.Present)).Outcome);
        await tier.FlushAsync();
        Assert.False((await tier.FillAsync(TierSteps.Loaded("k", token, "loaded", VersionAhead(tier)))).Filled);
        Assert.Equal("written", (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task A_delete_voids_the_lease()
    {
        var tier = await StartAsync();
        var token = await tier.LeaseAsync("k");
        await tier.DeleteAsync("k");
        Assert.False((await tier.FillAsync(TierSteps.Loaded("k", token, "loaded", VersionAhead(tier)))).Filled);
        Assert.True((await tier.HitAsync("k")).IsTombstone);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_invalidation_voids_the_lease(bool all)
    {
        var tier = await StartAsync();
        var token = await tier.LeaseAsync("k");
        await (all ? tier.InvalidateAllAsync(Cancelled) : tier.InvalidateAsync("k"));
        Assert.Equal(new FillResult(false, null), await tier.FillAsync(TierSteps.Loaded("k", token, "loaded", 42)));
        await tier.AssertMissAsync("k");
        await tier.FillAsync("k", "loaded again", 42);
    }

    [Fact]
    public async Task A_fill_after_a_write_that_was_flushed_and_evicted_is_refused()
    {
        var tier = await StartAsync();
        var token = await tier.LeaseAsync("k");
        await tier.WriteAsync("k", "new");
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await tier.SettleAsync(taken.Stored(Moment));

        // The end of its TTL stands for an eviction; an invalidation would void the lease by itself.
        await OutlastMomentAsync();
        await tier.AssertMissAsync("k");
        Assert.False((await tier.FillAsync(TierSteps.Loaded("k", token, "old", 42))).Filled);
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task A_load_that_began_during_a_flush_cannot_fill_after_it()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "new");
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));

        // Here a load would still read the row as it was before the flush.
        Assert.Equal(0, await tier.TryLeaseAsync("k", TierSteps.Holder, Cancelled));
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.Stored()));
        Assert.NotEqual(0, await tier.TryLeaseAsync("k", TierSteps.Holder, Cancelled));
    }

    [Fact]
    public async Task A_lease_expires_and_its_fill_is_refused()
    {
        var tier = await StartAsync(options => options.FillLease = Moment);
        var token = await tier.LeaseAsync("k");
        await OutlastMomentAsync();
        Assert.Equal(new FillResult(false, null), await tier.FillAsync(TierSteps.Loaded("k", token, "late", 42)));
        Assert.NotEqual(token, await tier.LeaseAsync("k", Other));
    }

    [Fact]
    public async Task A_fill_never_replaces_a_higher_version()
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", "newer", 42);
        var token = await tier.TryLeaseAsync("k", TierSteps.Holder, Cancelled);
        var result = await tier.FillAsync(TierSteps.Loaded("k", token, "older", 41));
        Assert.False(result.Filled);
        Assert.Equal("newer", result.Current!.Text());
        Assert.Equal("newer", (await tier.HitAsync("k")).Text());
        Assert.NotEqual(0, await tier.TryLeaseAsync("k", Other, Cancelled));
    }

    [Fact]
    public async Task A_fill_of_the_same_version_makes_a_stale_entry_fresh()
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", "v", 42, Moment, Ages);
        await OutlastMomentAsync();
        await tier.FillAsync("k", "v", 42);
        Assert.Equal(42, (await tier.HitAsync("k")).Version);
    }

    [Fact]
    public async Task A_fill_of_a_higher_version_replaces_a_fresh_entry()
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", "v", 42);
        var token = await tier.TryLeaseAsync("k", TierSteps.Holder, Cancelled);
        Assert.True((await tier.FillAsync(TierSteps.Loaded("k", token, "w", 43))).Filled);
        Assert.Equal("w", (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task A_fill_without_a_TTL_is_returned_but_not_kept()
    {
        var tier = await StartAsync();
        var token = await tier.LeaseAsync("k");
        var result = await tier.FillAsync(TierSteps.Loaded("k", token, "v", 42, TimeSpan.Zero));
        Assert.False(result.Filled);
        Assert.Equal("v", result.Current!.Text());
        await tier.AssertMissAsync("k");
        Assert.NotEqual(token, await tier.LeaseAsync("k", Other));
    }

    [Fact]
    public async Task A_fill_may_ask_for_a_version()
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", "v", FillRequest.IssueVersion);
        var first = (await tier.HitAsync("k")).Version;
        Assert.InRange(first, tier.Now - 5_000_000, tier.Now + 5_000_000);
        var token = await tier.TryLeaseAsync("k", TierSteps.Holder, Cancelled);
        await tier.FillAsync(TierSteps.Loaded("k", token, "w", FillRequest.IssueVersion));
        var entry = await tier.HitAsync("k");
        Assert.Equal("w", entry.Text());
        Assert.True(entry.Version > first);
    }

    [Fact]
    public async Task Each_of_many_fills_stands_for_itself()
    {
        var tier = await StartAsync();
        var tokens = (await tier.ReadAllAsync(["a", "b", "c"], TierSteps.Holder, Cancelled)).Select(read => read.Lease).ToArray();
        await tier.WriteAsync("b", "written");
        var results = await tier.FillAsync(
            [TierSteps.Loaded("a", tokens[0], "1", 1), TierSteps.Loaded("b", tokens[1], "2", 2), TierSteps.Loaded("c", tokens[2], "3", 3)],
            Cancelled
        );
        Assert.Equal([true, false, true], results.Select(result => result.Filled));
        Assert.Equal(["1", "written", "3"], results.Select(result => result.Current!.Text()));
    }

    [Fact]
    public async Task A_released_lease_goes_to_the_next_who_asks()
    {
        var tier = await StartAsync();
        var token = await tier.LeaseAsync("k");
        await tier.ReleaseLeaseAsync("k", token, Cancelled);
        Assert.NotEqual(0, (await tier.ReadAsync("k", Other, Cancelled)).Lease);
        Assert.False((await tier.FillAsync(TierSteps.Loaded("k", token, "v", 42))).Filled);
    }

    [Theory]
    [InlineData("nothing", true)]
    [InlineData("another key's write", true)]
    [InlineData("write", false)]
    [InlineData("delete", false)]
    [InlineData("invalidate", false)]
    [InlineData("invalidate all", false)]
    [InlineData("expire", false)]
    [InlineData("expire all", false)]
    [InlineData("remove a tag", false)]
    [InlineData("expire a tag", false)]
    [InlineData("fill", false)]
    public async Task A_release_tells_whether_nothing_came_that_would_have_voided_a_fill(string what, bool expected)
    {
        var tier = await StartAsync();
        await tier.RemoveByTagAsync(["before"], Cancelled);
        var token = await tier.LeaseAsync("k");
        await (
            what switch
            {
                "another key's write" => tier.WriteAsync("other", "v"),
                "write" => tier.WriteAsync("k", "v"),
                "delete" => tier.DeleteAsync("k"),
                "invalidate" => tier.InvalidateAsync("k").AsTask(),
                "invalidate all" => tier.InvalidateAllAsync(Cancelled).AsTask(),
                "expire" => tier.ExpireAsync(["k"], Cancelled).AsTask(),
                "expire all" => tier.ExpireAllAsync(Cancelled).AsTask(),
                "remove a tag" => tier.RemoveByTagAsync(["any"], Cancelled).AsTask(),
                "expire a tag" => tier.ExpireByTagAsync(["any"], Cancelled).AsTask(),
                "fill" => tier.FillAsync(TierSteps.Loaded("k", token, "v", 42)),
                _ => Task.CompletedTask,
            }
        );
        Assert.Equal(expected, await tier.ReleaseLeaseAsync("k", token, Cancelled));
        Assert.False(await tier.ReleaseLeaseAsync("k", token, Cancelled));
    }

    [Fact]
    public async Task Releasing_a_lease_that_was_lost_does_not_touch_its_successor()
    {
        var tier = await StartAsync();
        var lost = await tier.LeaseAsync("k");
        await tier.InvalidateAsync("k");
        var token = await tier.LeaseAsync("k", Other);
        await tier.ReleaseLeaseAsync("k", lost, Cancelled);
        Assert.True((await tier.FillAsync(TierSteps.Loaded("k", token, "v", 42))).Filled);
    }

    [Fact]
    public async Task Nobody_waits_for_a_lease_that_nobody_has()
    {
        var tier = await StartAsync();
        await WithinPatienceAsync(tier.WaitForFillAsync("k", Ages, Cancelled).AsTask(), "the end of a wait without a lease");
    }

    [Theory]
    [InlineData("fill")]
    [InlineData("release")]
    [InlineData("write")]
    [InlineData("invalidate")]
    [InlineData("invalidate all")]
    public async Task Whoever_waits_is_woken_when_the_lease_ends(string how)
    {
        var tier = await StartAsync();
        var token = await tier.LeaseAsync("k");
        var wait = tier.WaitForFillAsync("k", Ages, Cancelled).AsTask();
        await (
            how switch
            {
                "fill" => tier.FillAsync(TierSteps.Loaded("k", token, "v", 42)),
                "release" => tier.ReleaseLeaseAsync("k", token, Cancelled).AsTask(),
                "write" => tier.WriteAsync("k", "v"),
                "invalidate" => tier.InvalidateAsync("k").AsTask(),
                _ => tier.InvalidateAllAsync(Cancelled).AsTask(),
            }
        );
        await WithinPatienceAsync(wait, $"the wake-up by {how}");
    }

    [Fact]
    public async Task A_wait_ends_at_its_limit()
    {
        var tier = await StartAsync();
        await tier.LeaseAsync("k");
        await AdvanceUntilDoneAsync(tier.WaitForFillAsync("k", Moment, Cancelled).AsTask(), "the limit of the wait");
    }

    [Fact]
    public async Task A_wait_ends_when_the_lease_expires()
    {
        var tier = await StartAsync(options => options.FillLease = Moment);
        await tier.LeaseAsync("k");
        await AdvanceUntilDoneAsync(tier.WaitForFillAsync("k", Ages, Cancelled).AsTask(), "the expiry of the lease");
    }

    [Fact]
    public async Task A_wait_can_be_given_up()
    {
        var tier = await StartAsync();
        await tier.LeaseAsync("k");
        using var giveUp = new CancellationTokenSource();
        var wait = tier.WaitForFillAsync("k", Ages, giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }

    private static long VersionAhead(ICacheTier tier) => tier.Now + 3_600_000_000;
}

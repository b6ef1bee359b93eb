using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>Who is alive, and who flushes which partition.</summary>
public abstract class TierPartitionConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Fact]
    public async Task A_partition_has_one_owner_at_a_time()
    {
        var tier = await StartAsync();
        var mine = await tier.AcquirePartitionsAsync("a", [0, 2], Ages, Cancelled);
        Assert.Equal([0, 2], mine.Select(lease => lease.Partition).Order());
        Assert.All(mine, lease => Assert.Equal("a", lease.Worker));
        var theirs = await tier.AcquireAllAsync("b");
        Assert.Equal([1, 3], theirs.Select(lease => lease.Partition).Order());
    }

    [Fact]
    public async Task Of_workers_that_ask_at_once_one_gets_the_partition()
    {
        var tier = await StartAsync();
        var leases = await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(worker => Task.Run(async () => await tier.AcquirePartitionsAsync($"{worker}", [1], Ages, Cancelled), Cancelled))
        );
        Assert.Single(leases.SelectMany(lease => lease));
    }

    [Fact]
    public async Task A_renewed_lease_keeps_its_fencing_token_and_lives_on()
    {
        var tier = await StartAsync();
        var first = Assert.Single(await tier.AcquirePartitionsAsync("a", [0], Moment, Cancelled));
        var renewed = Assert.Single(await tier.AcquirePartitionsAsync("a", [0], Ages, Cancelled));
        Assert.Equal(first, renewed);
        await OutlastMomentAsync();
        Assert.Empty(await tier.AcquirePartitionsAsync("b", [0], Ages, Cancelled));
    }

    [Fact]
    public async Task Fencing_tokens_grow_with_every_change_of_owner()
    {
        var tier = await StartAsync();
        var last = 0L;
        for (var i = 0; i < 10; i++)
        {
            var lease = Assert.Single(await tier.AcquirePartitionsAsync($"worker {i % 2}", [0], Ages, Cancelled));
            Assert.True(lease.FencingToken > last);
            last = lease.FencingToken;
            await tier.ReleasePartitionsAsync([lease], Cancelled);
        }
    }

    [Fact]
    public async Task An_expired_lease_goes_to_another_worker_under_a_higher_token()
    {
        var tier = await StartAsync();
        var dead = Assert.Single(await tier.AcquirePartitionsAsync("dead", [0], Moment, Cancelled));
        await OutlastMomentAsync();
        var lease = Assert.Single(await tier.AcquirePartitionsAsync("successor", [0], Ages, Cancelled));
        Assert.True(lease.FencingToken > dead.FencingToken);
    }

    [Fact]
    public async Task A_lease_that_expired_is_not_renewed_under_its_old_token()
    {
        var tier = await StartAsync();
        var expired = Assert.Single(await tier.AcquirePartitionsAsync("a", [0], Moment, Cancelled));
        await OutlastMomentAsync();
        var lease = Assert.Single(await tier.AcquirePartitionsAsync("a", [0], Ages, Cancelled));
        Assert.True(lease.FencingToken > expired.FencingToken);
    }

    [Fact]
    public async Task Under_an_earlier_lease_of_the_same_worker_nothing_is_taken_or_settled()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        var taken = Assert.Single(await tier.TakeAndEndAsync("a", Moment));
        await OutlastMomentAsync();
        await tier.AcquireAllAsync("a");

        Assert.Equal(SettleResult.LeaseLost, await tier.SettleAsync(taken.Stored()));

        Assert.Empty(await tier.TakeAsync([taken.Lease]));
        Assert.True((await tier.HitAsync("k")).IsDirty);
    }

    [Fact]
    public async Task A_fencing_token_is_not_below_the_clock()
    {
        var tier = await StartAsync();

        var lease = Assert.Single(await tier.AcquirePartitionsAsync("a", [0], Ages, Cancelled));

        // A process knows the clock of a remote tier by estimate.
        Assert.True(lease.FencingToken > tier.Now - 1_000_000, $"The token is {lease.FencingToken}, the clock {tier.Now}.");
    }

    [Fact]
    public async Task Giving_back_a_lost_lease_does_not_touch_its_successor()
    {
        var tier = await StartAsync();
        var lost = await tier.AcquirePartitionsAsync("a", [0], Moment, Cancelled);
        await OutlastMomentAsync();
        await tier.AcquirePartitionsAsync("b", [0], Ages, Cancelled);
        await tier.ReleasePartitionsAsync(lost, Cancelled);
        Assert.Empty(await tier.AcquirePartitionsAsync("c", [0], Ages, Cancelled));
    }

    [Fact]
    public async Task Workers_know_of_each_other_in_order()
    {
        var tier = await StartAsync();
        await tier.HeartbeatAsync("b", Ages, Cancelled);
        await tier.HeartbeatAsync("a", Ages, Cancelled);
        Assert.Equal(["a", "b", "c"], (await tier.HeartbeatAsync("c", Ages, Cancelled)).Select(static worker => worker.Name));
    }

    [Fact]
    public async Task A_silent_worker_is_forgotten()
    {
        var tier = await StartAsync();
        await tier.HeartbeatAsync("silent", Moment, Cancelled);
        await OutlastMomentAsync();
        Assert.Equal(["a"], (await tier.HeartbeatAsync("a", Ages, Cancelled)).Select(static worker => worker.Name));
    }

    [Fact]
    public async Task A_worker_that_takes_its_leave_is_forgotten_at_once()
    {
        var tier = await StartAsync();
        await tier.HeartbeatAsync("a", Ages, Cancelled);
        await tier.HeartbeatAsync("b", Ages, Cancelled);
        Assert.Equal(["b"], (await tier.HeartbeatAsync("a", TimeSpan.Zero, Cancelled)).Select(static worker => worker.Name));
    }

    [Fact]
    public async Task A_worker_is_on_trial_until_it_has_lived_for_a_lease()
    {
        var tier = await StartAsync();
        // The name of one that is forgotten begins anew.
        foreach (var name in (string[])["a", "b", "a"])
        {
            await BeatAsync(name, WorkerStanding.OnTrial);
            await tier.HeartbeatAsync(name, TimeSpan.Zero, Cancelled);
        }

        await tier.HeartbeatAsync("c", Moment, Cancelled);
        await BeatAsync("c", WorkerStanding.OnTrial);
        await OutlastMomentAsync();
        await BeatAsync("c", WorkerStanding.Settled);

        async Task BeatAsync(string name, WorkerStanding standing) =>
            Assert.Equal([new LivingWorker(name, standing, IsSilent: false)], await tier.HeartbeatAsync(name, Ages, Cancelled));
    }
}

using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A process dies, or hangs, while it loads a key that others wait for.</summary>
public sealed class DeadLoaderTests(TierServer server)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readers_behind_a_dead_loader_wait_for_seconds()
    {
        var store = new ScriptedStore();
        var cache = TierServer.NewCache();
        store.Put("k", "v", 42);
        await using var reader = await CacheProcess.StartAsync(server.Address, cache, store, static options =>
        {
            options.Tier.Partitions = 4;
            options.Load.Timeout = TimeSpan.FromMinutes(2);
        });
        await using var bed = new TierBed(server.Address, cache);
        // The tier of a process that takes the lease and is never heard of again.
        var dead = await bed.StartAsync(static options => options.StoreIdentity = "scripted");
        await dead.LeaseAsync("k");
        var began = TimeProvider.System.GetTimestamp();
        Assert.Equal("v", (await reader.Cache.GetAsync("k", cancellationToken: Cancelled)).Value);
        // A lease that nobody had to renew would last as long as a load may.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        Assert.Single(store.Loads);
    }

    [Fact]
    public async Task A_load_that_lasts_longer_than_its_lease_is_still_one_query()
    {
        var store = new ScriptedStore();
        var cache = TierServer.NewCache();
        store.Put("k", "v", 42);
        var gate = new Gate();
        store.OnLoad = (_, cancellation) => gate.PassAsync(cancellation);
        await using var first = await CacheProcess.StartAsync(server.Address, cache, store);
        await using var second = await CacheProcess.StartAsync(server.Address, cache, store);
        var reads = new[] { first.Cache.GetAsync("k").AsTask(), second.Cache.GetAsync("k").AsTask() };
        await gate.ArrivedAsync();
        // Twice the lease.
        await Task.Delay(TimeSpan.FromSeconds(6), TimeProvider.System, Cancelled);
        Assert.Single(store.Loads);
        gate.Open();
        Assert.All(await Task.WhenAll(reads), static read => Assert.Equal("v", read.Value));
        Assert.Single(store.Loads);
    }

    [Fact]
    public async Task A_lease_that_was_voided_is_not_renewed()
    {
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        var lease = await tier.LeaseAsync("k");
        await tier.InvalidateAsync("k");
        var next = await tier.LeaseAsync("k", holder: 2);
        await tier.RenewFillLeasesAsync([new("k", lease)], Cancelled);
        Assert.NotEqual(lease, next);
        Assert.Equal(TierReadOutcome.Miss, (await tier.ReadAsync("k")).Outcome);
        Assert.True((await tier.FillAsync(TierSteps.Loaded("k", next, "v", 42))).Filled);
    }
}

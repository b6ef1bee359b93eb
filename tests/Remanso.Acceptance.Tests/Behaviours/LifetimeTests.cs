using Remanso.Conformance.Servers;
using Remanso.Testing;

namespace Remanso.Acceptance.Tests.Behaviours;

/// <summary>What is over before the flush is stored nevertheless.</summary>
public sealed class LifetimeTests(Servers servers)
{
    [Theory]
    [EveryCombination]
    public async Task A_write_whose_time_is_over_before_its_flush_is_stored(TierKind tier, StoreKind store)
    {
        var time = new ManualTimeProvider();
        await using var deployment = await Deployment.StartAsync(
            servers,
            tier,
            store,
            static options => options.Ttl.Base = TimeSpan.FromMilliseconds(1),
            time
        );
        var cache = deployment.Cache;
        var withTtl = await cache.SetAsync("ttl", "longer dirty than its TTL");
        var withLifetime = await cache.SetAsync(
            "lifetime",
            "longer dirty than its lifetime",
            new WriteOptions { Lifetime = TimeSpan.FromMilliseconds(20) }
        );

        time.Advance(TimeSpan.FromSeconds(1));
        await Until.TrueAsync(async () => !(await cache.GetAsync("lifetime")).Found, "its lifetime is over");

        Assert.Equal("longer dirty than its TTL", (await cache.GetAsync("ttl")).Value);
        Assert.Null(await deployment.Database.ReadAsync("ttl"));
        await deployment.FlushAsync();
        Assert.Equal(withTtl.Version, (await deployment.Database.ReadAsync("ttl"))!.Version);
        var row = await deployment.Database.ReadAsync("lifetime");
        Assert.Equal((withLifetime.Version, false, "longer dirty than its lifetime"), (row!.Version, row.Deleted, row.Value));
        Assert.False((await cache.GetAsync("lifetime")).Found);
    }
}

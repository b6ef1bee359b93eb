using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.Conformance.Support;
using Remanso.Redis.Tests.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A worker's clock is an hour ahead.</summary>
public sealed class FastClockTests(TierServer server)
{
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task It_purges_nothing_that_is_not_gone_by_the_tiers_clock_and_the_databases_too(int hours)
    {
        var store = new ScriptedStore();
        var clock = new MovedTime(TimeSpan.FromHours(hours));
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(clock);
        services
            .AddRemanso()
            .UseRedis(server.Address)
            .UseStore(_ => store)
            .AddCache<string, string>(TierServer.NewCache(), it =>
            {
                it.Options.Tier.Partitions = 4;
                it.Options.Purge.Interval = TimeSpan.FromSeconds(1);
                it.Options.Purge.Retention = TimeSpan.FromMinutes(10);
            });
        await using var provider = services.BuildServiceProvider();
        foreach (var service in provider.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        await Until.TrueAsync(() => !store.Purges.IsEmpty, "it has purged");
        Assert.True(store.Purges.TryPeek(out var purge));
        var limit = DateTimeOffset.FromUnixTimeMilliseconds(purge.Before / 1000);
        var truth = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(10);
        Assert.InRange(limit, truth - TimeSpan.FromHours(hours > 0 ? 0.01 : 1.01), truth + TimeSpan.FromSeconds(1));
    }

    private sealed class MovedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}

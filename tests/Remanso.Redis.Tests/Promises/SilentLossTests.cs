using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>The server falls silent, and nothing closes the connections.</summary>
public sealed class SilentLossTests
{
    [Fact]
    public async Task Near_caches_hear_of_it_in_seconds_and_not_by_the_systems_time_out()
    {
        await using var server = await RedisProcess.StartAsync();
        var options = RedisOptions.Parse(server.Address);
        options.Timings.CommandTimeout = TimeSpan.FromSeconds(2);
        await using var provider = new RedisTierProvider(options);
        await using var tier = provider.Create(TierServer.NewCache(), new TierOptions { Partitions = 4 });
        var observer = new RecordingObserver();
        using var subscription = tier.Subscribe(observer);
        await tier.InitializeAsync(TestContext.Current.CancellationToken);
        await tier.WriteAsync("k", "v");
        server.Freeze();
        var began = TimeProvider.System.GetTimestamp();
        await observer.HeardAsync("lost");
        var noticed = TimeProvider.System.GetElapsedTime(began);
        server.Thaw();
        // By two command time-outs, and as many seconds as a busy machine takes; the system's is of minutes.
        Assert.True(noticed < TimeSpan.FromSeconds(30), $"It took {noticed}.");
    }
}

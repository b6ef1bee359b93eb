using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>The server falls silent, and nothing closes the connections.</summary>
public sealed class SilentLossTests
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Near_caches_hear_of_it_within_two_command_time_outs()
    {
        await using var server = await RedisProcess.StartAsync();
        var options = RedisOptions.Parse(server.Address);
        options.Timings.CommandTimeout = _timeout;
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
        // A second for a machine that is busy.
        Assert.True(noticed < (2 * _timeout) + TimeSpan.FromSeconds(1), $"It took {noticed}.");
    }
}

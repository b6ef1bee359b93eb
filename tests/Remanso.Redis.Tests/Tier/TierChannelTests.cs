using Remanso.Redis.Tests.Servers;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>The subscriptions of a tier, whose connection outlives it.</summary>
public sealed class TierChannelTests
{
    [Fact]
    public async Task What_is_confirmed_after_the_tier_has_ended_is_given_back()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var connection = ScriptWatch.Connect(server.Address, out var client);
        var confirmed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Confirmed = confirmed.Task;
        var tier = new RedisTier(TierServer.NewCache(), new TierOptions { Partitions = 4 }, connection);
        var starting = tier.InitializeAsync(TestContext.Current.CancellationToken).AsTask();
        await Until.TrueAsync(async () => await ChannelsAsync(server) == 4, "the server has confirmed");

        await tier.DisposeAsync();
        confirmed.SetResult();
        await starting;

        await Until.TrueAsync(async () => await ChannelsAsync(server) == 0, "nobody is subscribed any more");
    }

    private static async Task<int> ChannelsAsync(RedisProcess server) =>
        (await server.CliAsync("PUBSUB", "SHARDCHANNELS")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
}

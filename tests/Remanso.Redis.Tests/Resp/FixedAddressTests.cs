using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>One address that leads to another server after a fail-over, while the former master lives on as a replica:
/// connections that are open stay with that one.</summary>
public sealed class FixedAddressTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writes_waits_and_subscriptions_go_where_the_address_leads_now()
    {
        await using var former = await RedisProcess.StartAsync();
        await using var other = await RedisProcess.StartAsync();
        await using var relay = new TcpRelay(former.Port);
        await using var client = await TestClient.ConnectAsync($"redis://admin:admin@127.0.0.1:{relay.Port}", static options =>
        {
            options.Timings.ConnectTimeout = options.Timings.CommandTimeout = TimeSpan.FromMinutes(2);
            options.Timings.TopologyRefresh = TimeSpan.FromHours(1);
        });
        var subscriber = new RecordingSubscriber();
        await using var subscription = await client.SubscribeAsync(RedisChannel.Literal("ch"), subscriber, Cancellation);
        await WriteAndWaitAsync(client, "waited", "old");

        // Of a master that nobody reaches.
        await former.CliAsync("replicaof", "127.0.0.1", $"{Ports.Free()}");
        relay.Target = other.Port;

        Assert.True(await client.DoAsync("SET", "k", "new"));
        await WriteAndWaitAsync(client, "waited", "new");
        Assert.Equal(["new", "new"], [await other.CliAsync("GET", "k"), await other.CliAsync("GET", "waited")]);
        await subscriber.UntilAsync("restored");
        await other.CliAsync("PUBLISH", "ch", "told");
        await subscriber.UntilAsync("ch=told");
    }

    [Fact]
    public async Task A_replica_whose_master_is_nowhere_is_not_left_all_the_time()
    {
        await using var replica = await RedisProcess.StartAsync();
        await replica.CliAsync("replicaof", "127.0.0.1", $"{Ports.Free()}");
        await using var relay = new TcpRelay(replica.Port);
        await using var client = TestClient.Create($"redis://admin:admin@127.0.0.1:{relay.Port}", static options =>
            options.Timings.LongestReconnectDelay = TimeSpan.FromHours(1)
        );

        await Until.TrueAsync(async () => (await replica.CallsAsync("role"))[0] > 5, "it was asked again and again");

        // The first one, and the one after it.
        Assert.Equal(2, relay.Accepted);
    }

    private static async Task WriteAndWaitAsync(RedisClient client, string key, string value)
    {
        var written = await client.SetAndWaitAsync(key, value);
        Assert.True(written.Reply);
        Assert.Null(written.Failure);
    }
}

using System.Globalization;
using Remanso.Redis.Resp;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

public sealed class RedisClusterTests(RedisCluster cluster) : IClassFixture<RedisCluster>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keys_of_all_slots_are_served_by_their_masters()
    {
        await using var client = await ConnectAsync();
        Assert.True(client.State is { IsCluster: true, IsConnected: true });
        Assert.Equal(3, client.Nodes.Count(n => n.IsMaster));
        Assert.All(client.Nodes, n => Assert.Equal(n.IsMaster ? 1 : 0, n.Replicas));
        var writes = new List<Task<bool>>();
        using (WriteBatch.Begin())
        {
            for (var i = 0; i < 500; i++)
            {
                writes.Add(client.DoAsync("SET", $"all:{i}", i).AsTask());
            }
        }
        await Task.WhenAll(writes);
        for (var i = 0; i < 500; i++)
        {
            Assert.Equal(i, await client.Int64Async("GET", $"all:{i}"));
        }
        var waited = await client.ExecuteWithWaitAsync(
            RedisRoute.FirstKey,
            Replies.Done,
            new(1, TimeSpan.FromSeconds(5)),
            null,
            Cancellation,
            "SET",
            "wait",
            "v"
        );
        Assert.Equal((1, null), (waited.Replicas, waited.Failure));
    }

    [Fact]
    public async Task A_client_that_knows_one_node_learns_the_others()
    {
        await using var client = await TestClient.ConnectAsync(cluster.Servers[^1].AdminAddress);
        Assert.True(await client.DoAsync("SET", "foo", "1"));
        Assert.True(await client.DoAsync("SET", "bar", "2"));
        Assert.Equal("1", await client.TextAsync("GET", "foo"));
    }

    [Fact]
    public async Task A_promoted_node_that_refuses_us_is_told_with_its_reason_and_the_former_one_is_not_written()
    {
        await using var client = await TestClient.ConnectAsync(cluster.Address, static options => options.Timings.FailFast = true);
        const string key = "rm:{refusing}:k";
        Assert.Equal(3, await client.Int64Async("SETRANGE", key, 0, "one"));
        var former = await cluster.MasterOfAsync(HashSlot.Of(key));
        var promoted = await cluster.ReplicaOfAsync(former);
        await promoted.CliAsync("ACL", "SETUSER", RedisProcess.User, "resetpass", ">other");
        await promoted.CliAsync("CLIENT", "KILL", "USER", RedisProcess.User);
        try
        {
            await promoted.CliAsync("CLUSTER", "FAILOVER");

            await Until.TrueAsync(
                async () => await RefusalAsync(client, key) is { } reason && reason.Contains("WRONGPASS", StringComparison.Ordinal),
                "it is refused, with the reason"
            );
            Assert.Contains("WRONGPASS", client.State.LastError?.Message, StringComparison.Ordinal);
            Assert.NotNull(await RefusalAsync(client, key));
        }
        finally
        {
            await promoted.CliAsync("ACL", "SETUSER", RedisProcess.User, $">{RedisProcess.Password}");
        }
        await Until.TrueAsync(async () => await RefusalAsync(client, key) is null, "it is written again");
    }

    [Fact]
    public async Task A_slot_that_migrates_under_load_loses_no_command()
    {
        await using var client = await ConnectAsync();
        var slot = HashSlot.Of("{mig}");
        var source = await cluster.MasterOfAsync(slot);
        var target = cluster.Servers.First(s => s != source && IsMaster(client, s));
        var (sourceId, targetId) = (await RedisCluster.IdOfAsync(source), await RedisCluster.IdOfAsync(target));
        for (var i = 0; i < 50; i++)
        {
            await client.DoAsync("SET", $"{{mig}}:{i}", 0);
        }
        using var stop = new CancellationTokenSource();
        var counts = new long[50];
        async Task CountAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                for (var i = 0; i < counts.Length; i++)
                {
                    counts[i] = await client.Int64Async("INCR", $"{{mig}}:{i}");
                }
            }
        }

        var counting = CountAsync();
        await target.CliAsync("cluster", "setslot", $"{slot}", "importing", sourceId);
        await source.CliAsync("cluster", "setslot", $"{slot}", "migrating", targetId);
        for (var i = 0; i < counts.Length; i++)
        {
            await source.MigrateAsync(target, $"{{mig}}:{i}");
        }
        await target.CliAsync("cluster", "setslot", $"{slot}", "node", targetId);
        await source.CliAsync("cluster", "setslot", $"{slot}", "node", targetId);
        await Until.TrueAsync(() => client.MasterOf("{mig}")!.EndPoint.Port == target.Port, "the client has learnt it");
        await stop.CancelAsync();
        await counting;
        for (var i = 0; i < counts.Length; i++)
        {
            Assert.Equal(counts[i], await client.Int64Async("GET", $"{{mig}}:{i}"));
        }
    }

    [Fact]
    public async Task Sharded_and_literal_channels_are_heard_whoever_publishes()
    {
        await using var client = await ConnectAsync();
        var sharded = new RecordingSubscriber();
        var literal = new RecordingSubscriber();
        await using var first = await client.SubscribeAsync(RedisChannel.Sharded("{shard}"), sharded, Cancellation);
        await using var second = await client.SubscribeAsync(RedisChannel.Literal("everywhere"), literal, Cancellation);
        await client.DoAsync("SPUBLISH", "{shard}", "s");
        Assert.Equal("{shard}=s", await sharded.NextAsync());
        foreach (var node in client.Nodes.Where(n => n.IsMaster))
        {
            await client.ExecuteAsync(RedisRoute.To(node), Replies.Int64, Cancellation, "PUBLISH", "everywhere", node.EndPoint.Port);
            var port = node.EndPoint.Port.ToString(CultureInfo.InvariantCulture);
            Assert.Equal("everywhere=" + port, await literal.NextAsync());
        }
    }

    [Fact]
    public async Task A_killed_master_is_replaced_by_its_replica_for_commands_and_subscriptions()
    {
        // A cluster of its own: the others would notice.
        var own = new RedisCluster();
        await own.InitializeAsync();
        await using (own)
        {
            await using var client = await TestClient.ConnectAsync(own.AdminAddress, o =>
                o.Timings.ConnectTimeout = o.Timings.CommandTimeout = TimeSpan.FromSeconds(30)
            );
            var subscriber = new RecordingSubscriber();
            await using var subscription = await client.SubscribeAsync(RedisChannel.Sharded("{failover}"), subscriber, Cancellation);
            var waited = await client.ExecuteWithWaitAsync(
                RedisRoute.FirstKey,
                Replies.Done,
                new(1, TimeSpan.FromSeconds(5)),
                null,
                Cancellation,
                "SET",
                "{failover}",
                "v"
            );
            Assert.Equal(1, waited.Replicas);
            var master = await own.MasterOfAsync(HashSlot.Of("{failover}"));
            master.Kill();
            await Until.TrueAsync(() => !client.MasterOf("{failover}")!.IsConnected, "the loss was noticed");
            Assert.Equal("v", await client.TextAsync("GET", "{failover}"));
            Assert.NotEqual(master.Port, client.MasterOf("{failover}")!.EndPoint.Port);
            Assert.Equal("lost", await subscriber.NextAsync());
            Assert.Equal("restored", await subscriber.NextAsync());
            await client.DoAsync("SPUBLISH", "{failover}", "back");
            Assert.Equal("{failover}=back", await subscriber.NextAsync());
        }
    }

    private static async Task<string?> RefusalAsync(RedisClient client, string key)
    {
        try
        {
            await client.Int64Async("SETRANGE", key, 0, "two");
            return null;
        }
        catch (RedisException error)
        {
            return error.Reason ?? error.Message;
        }
    }

    private static bool IsMaster(RedisClient client, RedisProcess server) =>
        client.Nodes.Any(n => n.IsMaster && n.EndPoint.Port == server.Port);

    private Task<RedisClient> ConnectAsync() => TestClient.ConnectAsync(cluster.AdminAddress);
}

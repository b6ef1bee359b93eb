using System.Net;
using Remanso.Conformance.Support;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A replica that nobody has promoted answers nothing, however a connection came to lead to it.</summary>
public sealed class UnpromotedTests
{
    [Fact]
    public async Task A_replica_behind_the_masters_name_answers_no_read_with_what_it_had()
    {
        IPAddress[] addresses = [IPAddress.Parse("127.0.0.1"), IPAddress.Parse("127.0.0.2")];
        await using var master = await RedisProcess.StartAsync();
        await using var replica = await RedisProcess.StartAsync(
            master.Port,
            RedisProcess.MakeDirectory(),
            isTls: false,
            ["--bind", $"{addresses[1]}", "--replicaof", $"{addresses[0]} {master.Port}"]
        );
        Task<string> ReplicaAsync(params string[] command) => RedisWire.AskAsync(new IPEndPoint(addresses[1], master.Port), command);
        await Until.TrueAsync(async () => (await ReplicaAsync("INFO", "replication")).Contains("link_status:up", Ordinal), "it follows");
        var store = new ScriptedStore();
        await using var node = await Node.StartAsync(
            $"redis://{RedisProcess.User}:{RedisProcess.Password}@redis.test:{master.Port}",
            store,
            connect: options => options.Resolve = (_, _) => Task.FromResult(addresses)
        );
        await SettleAsync(node, "old");
        await master.CliAsync("WAIT", "1", "0");
        // It hears nothing from now on.
        await ReplicaAsync("REPLICAOF", "127.0.0.1", "1");
        await SettleAsync(node, "new");

        master.Kill();
        var reads = await ReadMeanwhileAsync(node, () => ReplicaAsync("INFO", "commandstats"));
        await ReplicaAsync("REPLICAOF", "NO", "ONE");

        await AssertNewAsync(node, reads);
    }

    [Fact]
    public async Task A_master_that_starts_again_as_a_replica_answers_no_read_with_what_it_has_left()
    {
        await using var server = await RedisProcess.StartAsync();
        var store = new ScriptedStore();
        await using var node = await Node.StartAsync(
            server.Address,
            store,
            // Its address is left once, so that it is promoted on the connection that it has then.
            connect: static options => options.Timings.LongestReconnectDelay = TimeSpan.FromHours(1)
        );
        await SettleAsync(node, "old");
        await server.CliAsync("SAVE");
        await SettleAsync(node, "new");

        server.Kill();
        await server.StartAgainAsync("--replicaof", $"127.0.0.1 {Ports.Free()}");
        var reads = await ReadMeanwhileAsync(node, () => server.CliAsync("INFO", "commandstats"));
        await server.CliAsync("REPLICAOF", "NO", "ONE");

        await AssertNewAsync(node, reads);
    }

    [Fact]
    public async Task A_master_that_is_made_a_replica_on_the_same_connection_answers_no_read_seconds_later()
    {
        await using var server = await RedisProcess.StartAsync();
        var store = new ScriptedStore();
        await using var node = await Node.StartAsync(server.Address, store, connect: static options =>
        {
            options.Timings.ConnectTimeout = TimeSpan.FromSeconds(1);
            options.Timings.TopologyRefresh = TimeSpan.FromHours(1);
        });
        await SettleAsync(node, "v");

        await server.CliAsync("REPLICAOF", "127.0.0.1", $"{Ports.Free()}");

        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    await node.Texts.GetAsync("k", ReadFrom.Tier);
                    return false;
                }
                catch (TierUnavailableException)
                {
                    return true;
                }
            },
            "it answers no more"
        );
        Assert.Equal("v", (await node.Texts.GetAsync("k")).Value);
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static async Task SettleAsync(Node node, string value)
    {
        await node.Texts.SetAsync("k", value, Node.Stored);
        await Until.TrueAsync(async () => (await node.Texts.Operations.GetStatisticsAsync()).Dirty.Entries == 0, "the tier has settled");
    }

    /// <summary>Reads that begin while a replica is connected to, and asked for its role again and again.</summary>
    private static async Task<Task<ReadResult<string>>[]> ReadMeanwhileAsync(Node node, Func<Task<string>> statistics)
    {
        async Task<int> AskedAsync() => CommandStatistics.CallsIn(await statistics(), "role");
        var before = await AskedAsync();
        Task<ReadResult<string>>[] reads =
        [
            node.Texts.GetAsync("k").AsTask(),
            Asking.AskAsync(() => node.Texts.GetAsync("k", ReadFrom.Tier)),
        ];
        await Until.TrueAsync(async () => await AskedAsync() > before + 10, "its role is asked");
        return reads;
    }

    private static async Task AssertNewAsync(Node node, Task<ReadResult<string>>[] reads)
    {
        Assert.Equal("new", (await reads[0]).Value);
        Assert.NotEqual("old", (await reads[1]).Value);
        Assert.Equal("new", (await node.Texts.GetAsync("k")).Value);
    }
}

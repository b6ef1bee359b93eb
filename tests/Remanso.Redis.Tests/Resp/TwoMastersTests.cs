using System.Collections.Concurrent;
using System.Net;
using Remanso.Conformance.Support;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>A former master that is a master again, with what it had then, beside the one that was promoted, and no Sentinel.</summary>
public sealed class TwoMastersTests
{
    private static readonly TimeSpan _ages = TimeSpan.FromHours(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_former_one_takes_nobody_over_while_the_connection_to_the_promoted_one_is_gone()
    {
        await using var pair = await StartAsync();
        await using var client = await FollowAsync(pair, static timings => timings.ConnectTimeout = _ages);

        for (var i = 0; i < 20; i++)
        {
            await pair.Replica.CliAsync("CLIENT", "KILL", "TYPE", "normal");
            await client.WriteAsync($"k{i}");
        }

        Assert.Equal(pair.Replica.Port, client.MasterOf("k")!.EndPoint.Port);
        Assert.Equal("20", await pair.Replica.CliAsync("DBSIZE"));
        Assert.Equal("0", await pair.Master.CliAsync("DBSIZE"));
    }

    [Fact]
    public async Task The_former_one_is_used_where_the_promoted_one_stays_away()
    {
        await using var pair = await StartAsync();
        await using var client = await FollowAsync(pair, static timings => timings.ConnectTimeout = TimeSpan.FromSeconds(1));

        pair.Replica.Kill();
        await client.WriteAsync("k");

        Assert.Equal(pair.Master.Port, client.MasterOf("k")!.EndPoint.Port);
        Assert.Equal("v", await pair.Master.CliAsync("GET", "k"));
    }

    [Fact]
    public async Task The_promoted_one_is_waited_for_while_it_hangs()
    {
        await using var pair = await StartAsync();
        await using var client = await FollowAsync(pair, static timings => timings.ConnectTimeout = timings.CommandTimeout = _ages);

        pair.Replica.Freeze();
        var write = client.DoAsync("SET", "k", "v");
        await Until.TrueAsync(
            () => client.Nodes.Any(static node => node is { IsMaster: true, IsSilent: true }),
            "the one that is used owes an answer"
        );
        pair.Replica.Thaw();

        Assert.True(await write);
        Assert.Equal("v", await pair.Replica.CliAsync("GET", "k"));
    }

    [Fact]
    public async Task That_there_is_a_second_one_is_told_once()
    {
        await using var pair = await StartAsync();
        var told = new ConcurrentQueue<(int Used, int Other)>();
        await using var client = await FollowAsync(pair, static _ => { }, (used, other) => told.Enqueue((used.Port, other.Port)));

        for (var i = 0; i < 5; i++)
        {
            await LookAgainAsync(client, pair.Replica);
        }

        Assert.Equal((pair.Replica.Port, pair.Master.Port), Assert.Single(told));
    }

    [Fact]
    public async Task One_that_is_far_away_is_told_too_and_takes_nobody_over()
    {
        await using var far = new TcpRelay(0) { Delay = TimeSpan.FromMilliseconds(200) };
        await using var pair = await RedisPair.StartAsync(replica: ["--replica-announce-port", $"{far.Port}"]);
        far.Target = pair.Replica.Port;
        var told = new ConcurrentQueue<(int Used, int Other)>();
        var options = RedisOptions.Parse($"{pair.Master.AdminAddress},127.0.0.1:{far.Port}");
        options.Timings.ConnectTimeout = options.Timings.TopologyRefresh = _ages;
        options.Timings.LongestReconnectDelay = TimeSpan.FromMilliseconds(200);
        await using var client = new RedisClient(options, TimeProvider.System, secondMaster: (used, other) =>
            told.Enqueue((used.Port, other.Port))
        );
        await client.ConnectAsync(Cancellation);
        await Until.TrueAsync(() => client.Nodes.Any(node => node.EndPoint.Port == far.Port && node.IsReplica), "it is a replica");

        await pair.PromoteAsync();
        await Until.TrueAsync(
            () =>
            {
                client.RefreshTopology();
                return !told.IsEmpty;
            },
            "the second one is told"
        );
        for (var i = 0; i < 10; i++)
        {
            await pair.Master.CliAsync("CLIENT", "KILL", "TYPE", "normal");
            await client.WriteAsync($"k{i}");
        }

        Assert.Equal((pair.Master.Port, far.Port), Assert.Single(told));
        Assert.Equal(pair.Master.Port, client.MasterOf("k")!.EndPoint.Port);
    }

    [Fact]
    public async Task A_replica_that_takes_over_while_it_is_asked_does_so_at_once()
    {
        await using var relay = new TcpRelay(0);
        await using var pair = await RedisPair.StartAsync(replica: ["--replica-announce-port", $"{relay.Port}"]);
        relay.Target = pair.Replica.Port;
        var options = RedisOptions.Parse($"{pair.Master.AdminAddress},127.0.0.1:{relay.Port}");
        options.Timings.ConnectTimeout = options.Timings.TopologyRefresh = _ages;
        options.Timings.LongestReconnectDelay = TimeSpan.FromMilliseconds(200);
        await using var client = new RedisClient(options, TimeProvider.System);
        await client.ConnectAsync(Cancellation);
        await Until.TrueAsync(() => client.Nodes.Any(node => node.EndPoint.Port == relay.Port && node.IsReplica), "it is a replica");

        var (master, replica) = ((await pair.Master.CallsAsync("role"))[0], (await pair.Replica.CallsAsync("role"))[0]);
        var gate = new Gate();
        relay.Questions = gate;
        client.RefreshTopology();
        await gate.ArrivedAsync();
        await Until.TrueAsync(async () => (await pair.Master.CallsAsync("role"))[0] > master, "the one that is used was asked, too");
        // The connection to it stays, and it answers no more.
        pair.Master.Freeze();
        await pair.PromoteAsync();
        gate.Open();
        await Until.TrueAsync(async () => (await pair.Replica.CallsAsync("role"))[0] > replica, "the new one says that it is a master");
        pair.Master.Kill();

        await client.WriteAsync("k");
        Assert.Equal("v", await pair.Replica.CliAsync("GET", "k"));
    }

    [Fact]
    public async Task The_second_one_is_told_whoever_else_is_slow()
    {
        await using var pair = await StartAsync();
        await using var third = await RedisProcess.StartAsync("--replicaof", "127.0.0.1", $"{Ports.Free()}");
        var relays = new List<TcpRelay>();
        try
        {
            for (var i = 0; i < 8; i++)
            {
                relays.Add(new TcpRelay(third.Port) { Delay = TimeSpan.FromMilliseconds(200) });
            }
            var told = new ConcurrentQueue<(int Used, int Other)>();
            await using var client = await FollowAsync(
                pair,
                static _ => { },
                (used, other) => told.Enqueue((used.Port, other.Port)),
                [.. relays.Select(static relay => new RedisEndPoint("127.0.0.1", relay.Port))]
            );

            await Until.TrueAsync(
                () =>
                {
                    client.RefreshTopology();
                    return !told.IsEmpty;
                },
                "the second one is told"
            );

            Assert.Equal((pair.Replica.Port, pair.Master.Port), Assert.Single(told));
        }
        finally
        {
            foreach (var relay in relays)
            {
                await relay.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Who_starts_hears_one_that_is_slow_to_connect()
    {
        await using var pair = await StartAsync();
        await pair.PromoteAsync();
        await using var slow = new TcpRelay(pair.Replica.Port) { Delay = TimeSpan.FromMilliseconds(400) };
        await using var client = TestClient.Create($"{pair.Master.AdminAddress},127.0.0.1:{slow.Port}", static options =>
            options.Timings.ConnectTimeout = TimeSpan.FromSeconds(2)
        );

        var error = await Assert.ThrowsAsync<RedisConnectionException>(() => client.ConnectAsync(Cancellation));

        Assert.Contains(
            $"Redis at 127.0.0.1:{pair.Master.Port} and at 127.0.0.1:{slow.Port} say that they are masters",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Who_starts_uses_neither_and_names_both_until_one_is_the_others_replica()
    {
        await using var pair = await StartAsync();
        await pair.PromoteAsync();
        await using var client = TestClient.Create(RedisProcess.AdminAddressOf(pair.Master, pair.Replica), static options =>
            options.Timings.ConnectTimeout = TimeSpan.FromSeconds(1)
        );

        var error = await Assert.ThrowsAsync<RedisConnectionException>(() => client.ConnectAsync(Cancellation));
        await pair.Master.CliAsync("REPLICAOF", "127.0.0.1", $"{pair.Replica.Port}");
        await client.WriteAsync("k");

        Assert.Contains(
            $"Redis at 127.0.0.1:{pair.Master.Port} and at 127.0.0.1:{pair.Replica.Port} say that they are masters",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Equal("Several Redis servers say that they are the master.", error.Reason);
        Assert.Equal(pair.Replica.Port, client.MasterOf("k")!.EndPoint.Port);
    }

    [Fact]
    public async Task Who_starts_while_there_is_no_master_takes_the_replica_that_is_promoted_whoever_else_comes_back()
    {
        await using var pair = await StartAsync();
        pair.Master.Kill();
        await using var client = TestClient.Create(RedisProcess.AdminAddressOf(pair.Master, pair.Replica));
        await Until.TrueAsync(
            () => client.Nodes.Any(node => node.EndPoint.Port == pair.Replica.Port && node.IsReplica),
            "the replica has said that it is one"
        );

        await pair.PromoteAsync();
        await client.WriteAsync("k");
        await pair.Master.StartAgainAsync();
        await LookAgainAsync(client, pair.Replica);

        Assert.Equal(pair.Replica.Port, client.MasterOf("k")!.EndPoint.Port);
    }

    [Fact]
    public async Task One_server_under_two_addresses_is_one_master()
    {
        await using var server = await RedisProcess.StartAsync();
        var told = 0;
        var options = RedisOptions.Parse($"redis://admin:admin@redis.test:{server.Port},127.0.0.1:{server.Port}");
        options.Resolve = static (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
        await using var client = new RedisClient(options, TimeProvider.System, secondMaster: (_, _) => Interlocked.Increment(ref told));

        await client.ConnectAsync(Cancellation);
        for (var i = 0; i < 3; i++)
        {
            await LookAgainAsync(client, server);
        }

        Assert.Equal("redis.test", client.MasterOf("k")!.EndPoint.Host);
        Assert.True(await client.DoAsync("SET", "k", "v"));
        Assert.Equal(0, told);
    }

    private static Task<RedisPair> StartAsync() => RedisPair.StartAsync();

    /// <summary>A client that has seen the promotion, and knows the former master as a connected one.</summary>
    private static async Task<RedisClient> FollowAsync(
        RedisPair pair,
        Action<RedisTimings> set,
        Action<RedisEndPoint, RedisEndPoint>? secondMaster = null,
        params RedisEndPoint[] others
    )
    {
        var options = RedisOptions.Parse(RedisProcess.AdminAddressOf(pair.Master, pair.Replica));
        options.EndPoints = [.. options.EndPoints, .. others];
        options.Timings.TopologyRefresh = _ages;
        // Whose connections fall at once, again and again, waits ever longer for the next.
        options.Timings.LongestReconnectDelay = TimeSpan.FromMilliseconds(200);
        set(options.Timings);
        var client = new RedisClient(options, TimeProvider.System, secondMaster: secondMaster);
        await client.ConnectAsync(Cancellation);
        pair.Master.Freeze();
        await pair.PromoteAsync();
        await Until.TrueAsync(
            () =>
            {
                client.RefreshTopology();
                return client.MasterOf("k")?.EndPoint.Port == pair.Replica.Port;
            },
            "the promoted one is followed"
        );
        pair.Master.Thaw();
        await Until.TrueAsync(() => client.Nodes.All(static node => node.IsConnected), "both are connected");
        return client;
    }

    /// <summary>Waits for another look at the topology.</summary>
    private static async Task LookAgainAsync(RedisClient client, RedisProcess server)
    {
        var before = (await server.CallsAsync("role"))[0];
        await Until.TrueAsync(
            async () =>
            {
                client.RefreshTopology();
                // What is asked for the second time was heard the first time.
                return (await server.CallsAsync("role"))[0] > before + 1;
            },
            "it has asked who is a master"
        );
    }
}

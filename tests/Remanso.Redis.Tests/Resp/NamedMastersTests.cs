using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Remanso.Conformance.Support;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>One name that stands for two servers, both masters: the promoted one, and a former one that was started again.</summary>
public sealed class NamedMastersTests
{
    private const string Name = "redis.test";

    private static readonly TimeSpan _ages = TimeSpan.FromHours(1);

    // The first one in the order in which addresses are tried.
    private static readonly IPAddress _former = IPAddress.Parse("127.0.0.1");
    private static readonly IPAddress _promoted = IPAddress.Parse("127.0.0.2");
    private static readonly IPAddress _relayed = IPAddress.Parse("127.0.0.3");

    private volatile IPAddress[] _addresses = [_promoted];
    private volatile TaskCompletionSource<IPAddress[]>? _held;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_former_one_takes_nobody_over_while_the_promoted_one_is_started_again(bool isLeftByTheName)
    {
        await using var former = await RedisProcess.StartAsync();
        await using var promoted = await StartPromotedAsync(former.Port);
        await using var client = await FollowAsync(former.Port, _ages);

        promoted.Kill();
        _addresses = isLeftByTheName ? [_former] : _addresses;
        var write = client.WriteAsync("k");
        await Until.TrueAsync(
            () => client.State.LastError?.Message.Contains("is waited for", StringComparison.Ordinal) == true,
            "the former one was found"
        );
        _addresses = [_former, _promoted];
        await promoted.StartAgainAsync();

        await write;
        Assert.Equal("v", await PromotedAsync(former.Port, "GET", "k"));
        Assert.Equal("0", await former.CliAsync("DBSIZE"));
    }

    [Fact]
    public async Task The_former_one_is_used_where_the_promoted_one_stays_away()
    {
        await using var former = await RedisProcess.StartAsync();
        await using var promoted = await StartPromotedAsync(former.Port);
        await using var client = await FollowAsync(former.Port, TimeSpan.FromSeconds(1));

        promoted.Kill();
        await client.WriteAsync("k");

        Assert.Equal("v", await former.CliAsync("GET", "k"));
    }

    [Fact]
    public async Task A_replica_that_was_seen_as_one_takes_over_at_once()
    {
        await using var replica = await RedisProcess.StartAsync();
        await using var master = await StartPromotedAsync(replica.Port);
        // Of a master that nobody reaches by what it says.
        await replica.CliAsync("replicaof", "127.0.0.1", $"{Ports.Free()}");
        await using var client = await FollowAsync(replica.Port, _ages);

        master.Kill();
        var write = client.WriteAsync("k");
        await Until.TrueAsync(() => client.Nodes.Any(static node => node.IsReplica), "it has said that it is a replica");
        await replica.CliAsync("replicaof", "no", "one");

        await write;
        Assert.Equal("v", await replica.CliAsync("GET", "k"));
    }

    [Fact]
    public async Task A_replica_that_was_heard_beside_the_master_takes_over_at_once()
    {
        await using var replica = await RedisProcess.StartAsync();
        await using var master = await StartPromotedAsync(replica.Port);
        await replica.CliAsync("replicaof", "127.0.0.1", $"{Ports.Free()}");
        await using var client = await FollowAsync(replica.Port, _ages);
        await HeardAsync(client, replica);

        // No connection finds it before it is promoted.
        var held = new TaskCompletionSource<IPAddress[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        _held = held;
        master.Kill();
        await replica.CliAsync("replicaof", "no", "one");
        held.SetResult(_addresses);

        await client.WriteAsync("k");
        Assert.Equal("v", await replica.CliAsync("GET", "k"));
    }

    [Fact]
    public async Task A_replica_that_takes_over_while_it_is_asked_does_so_at_once()
    {
        await using var replica = await RedisProcess.StartAsync();
        await using var master = await StartPromotedAsync(replica.Port);
        await using var relay = new TcpRelay(replica.Port, new IPEndPoint(_relayed, replica.Port));
        await replica.CliAsync("replicaof", "127.0.0.1", $"{Ports.Free()}");
        await using var client = await FollowAsync(replica.Port, _ages, beside: _relayed);
        await HeardAsync(client, replica);

        var gate = new Gate();
        relay.Questions = gate;
        client.RefreshTopology();
        await gate.ArrivedAsync();
        var ended = relay.Ended;
        // The connection to it stays, and it answers no more.
        master.Freeze();
        await replica.CliAsync("replicaof", "no", "one");
        gate.Open();
        await Until.TrueAsync(() => relay.Ended > ended, "the new one has said that it is a master");
        master.Kill();

        await client.WriteAsync("k");
        Assert.Equal("v", await replica.CliAsync("GET", "k"));
    }

    [Fact]
    public async Task A_replica_that_was_promoted_beside_the_master_takes_nobody_over_later()
    {
        await using var replica = await RedisProcess.StartAsync();
        await using var master = await StartPromotedAsync(replica.Port);
        await replica.CliAsync("replicaof", "127.0.0.1", $"{Ports.Free()}");
        await using var client = await FollowAsync(replica.Port, _ages);
        await HeardAsync(client, replica);
        await replica.CliAsync("replicaof", "no", "one");
        await HeardAsync(client, replica);

        master.Kill();
        var write = client.WriteAsync("k");
        await Until.TrueAsync(
            () => client.State.LastError?.Message.Contains("is waited for", StringComparison.Ordinal) == true,
            "the other one was found"
        );
        await master.StartAgainAsync();

        await write;
        Assert.Equal("0", await replica.CliAsync("DBSIZE"));
    }

    [Fact]
    public async Task An_address_that_does_not_answer_keeps_nobody_from_the_master_at_another()
    {
        await using var master = await StartPromotedAsync(Ports.Free());
        // Nobody accepts: the system does, and no greeting comes.
        var dead = IPAddress.Parse("127.0.0.3");
        using var listener = new TcpListener(dead, master.Port);
        listener.Start();
        _addresses = [_promoted, dead];
        await using var client = Create(master.Port, TimeSpan.FromMilliseconds(500));

        await client.WriteAsync("k");

        Assert.Equal("v", await PromotedAsync(master.Port, "GET", "k"));
    }

    [Fact]
    public async Task One_server_with_two_addresses_is_not_waited_for()
    {
        await using var server = await RedisProcess.StartAsync("--bind", $"{_former}", $"{_promoted}");
        await using var client = await FollowAsync(server.Port, _ages);

        _addresses = [_former];
        await server.CliAsync("CLIENT", "KILL", "TYPE", "normal");
        await client.WriteAsync("k");

        Assert.Equal("v", await server.CliAsync("GET", "k"));
    }

    [Fact]
    public async Task Who_starts_uses_neither_and_names_both_until_one_is_the_others_replica()
    {
        await using var former = await RedisProcess.StartAsync();
        await using var promoted = await StartPromotedAsync(former.Port);
        _addresses = [_former, _promoted];
        await using var client = Create(former.Port, TimeSpan.FromSeconds(1));

        var error = await Assert.ThrowsAsync<RedisConnectionException>(() => client.ConnectAsync(Cancellation));
        await former.CliAsync("REPLICAOF", $"{_promoted}", $"{former.Port}");
        await client.WriteAsync("k");

        Assert.Contains($"{_former} and {_promoted} say that they are masters", error.Message, StringComparison.Ordinal);
        Assert.Equal("Several Redis servers say that they are the master.", error.Reason);
        Assert.Equal("v", await PromotedAsync(former.Port, "GET", "k"));
    }

    [Fact]
    public async Task That_there_is_a_second_one_is_told_once()
    {
        await using var former = await RedisProcess.StartAsync();
        await using var promoted = await StartPromotedAsync(former.Port);
        var told = new ConcurrentQueue<(string Used, string Other)>();
        await using var client = await FollowAsync(former.Port, _ages, (used, other) => told.Enqueue((used.Host, other.Host)));

        for (var i = 0; i < 3; i++)
        {
            var before = (await former.CallsAsync("info"))[0];
            await Until.TrueAsync(
                async () =>
                {
                    client.RefreshTopology();
                    return (await former.CallsAsync("info"))[0] > before + 20;
                },
                "it was asked what it is"
            );
        }

        Assert.Equal((Name, $"{_former}"), Assert.Single(told));
    }

    [Fact]
    public async Task Waits_and_subscriptions_go_where_the_commands_go()
    {
        await using var former = await RedisProcess.StartAsync();
        await using var promoted = await StartPromotedAsync(former.Port);
        await using var client = await FollowAsync(former.Port, _ages);
        var subscriber = new RecordingSubscriber();

        await using var subscription = await client.SubscribeAsync(RedisChannel.Literal("ch"), subscriber, Cancellation);
        await PromotedAsync(former.Port, "PUBLISH", "ch", "told");
        var written = await client.SetAndWaitAsync("k", "v");

        Assert.Equal("ch=told", await subscriber.NextAsync());
        Assert.True(written.Reply);
        Assert.Equal("v", await PromotedAsync(former.Port, "GET", "k"));
    }

    /// <summary>A client that uses the promoted one, by a name that stands for both.</summary>
    private async Task<RedisClient> FollowAsync(
        int port,
        TimeSpan connectTimeout,
        Action<RedisEndPoint, RedisEndPoint>? secondMaster = null,
        IPAddress? beside = null
    )
    {
        var client = Create(port, connectTimeout, secondMaster);
        await client.ConnectAsync(Cancellation);
        _addresses = [beside ?? _former, _promoted];
        // As long as the promoted one is there it has heard what the name stands for.
        var before = await SearchesAsync(port);
        await Until.TrueAsync(
            async () =>
            {
                client.RefreshTopology();
                return await SearchesAsync(port) > before + 2;
            },
            "the name was looked up anew"
        );
        return client;
    }

    /// <summary>Waits until it was asked beside the master what it is, and was heard.</summary>
    private static async Task HeardAsync(RedisClient client, RedisProcess other)
    {
        var before = (await other.CallsAsync("hello"))[0];
        await Until.TrueAsync(
            async () =>
            {
                client.RefreshTopology();
                // Asked one time after the other: the one that has begun before is over, and the next one, too.
                return (await other.CallsAsync("hello"))[0] > before + 2;
            },
            "it was asked, and heard"
        );
    }

    private RedisClient Create(int port, TimeSpan connectTimeout, Action<RedisEndPoint, RedisEndPoint>? secondMaster = null)
    {
        var options = RedisOptions.Parse($"redis://admin:admin@{Name}:{port}");
        options.Resolve = (_, _) => _held?.Task ?? Task.FromResult(_addresses);
        options.Timings.ConnectTimeout = connectTimeout;
        options.Timings.CommandTimeout = TimeSpan.FromMinutes(2);
        options.Timings.TopologyRefresh = _ages;
        options.Timings.LongestReconnectDelay = TimeSpan.FromMilliseconds(200);
        return new(options, TimeProvider.System, secondMaster: secondMaster);
    }

    private static async Task<int> SearchesAsync(int port) =>
        CommandStatistics.CallsIn(await PromotedAsync(port, "INFO", "commandstats"), "role");

    private static Task<RedisProcess> StartPromotedAsync(int port) =>
        RedisProcess.StartAsync(port, RedisProcess.MakeDirectory(), isTls: false, ["--bind", $"{_promoted}"]);

    private static Task<string> PromotedAsync(int port, params string[] command) =>
        RedisWire.AskAsync(new IPEndPoint(_promoted, port), command);
}

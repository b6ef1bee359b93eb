using System.Collections.Concurrent;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>Commands that their keys lead to a server wait until it was looked at as a master, on their own connection.</summary>
public sealed class GateTests
{
    private const string Looked = "INFO";
    private const string Replica = "*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:1\r\n$9\r\nconnected\r\n:0\r\n";

    private readonly ConcurrentQueue<(FakeConnection Connection, string Command)> _heard = new();

    private int Heard(string command) => _heard.Count(one => one.Command == command);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_master_that_came_back_as_a_replica_is_looked_at_before_it_takes_commands_as_a_master_again(bool waits)
    {
        await using var server = new FakeRedis(AnswerAsync);
        await using var client = await ConnectAsync(server.Address);
        Assert.True(await DoAsync(client, waits));

        server.Hello = Hello("standalone", "replica");
        server.Role = Replica;
        Array.ForEach([.. _heard.Select(static one => one.Connection)], static connection => connection.Break());
        await Until.TrueAsync(() => client.MasterOf("k") is { IsConnected: true, IsReplica: true }, "it is back");
        Assert.False(client.State.IsConnected);
        _heard.Clear();
        var command = DoAsync(client, waits);
        await AskedAsync(server);
        Assert.Equal((0, false), (_heard.Count, command.IsCompleted));
        server.Role = FakeRedis.Master;

        Assert.True(await command);
        AssertLookedAtFirst("SET");
    }

    [Fact]
    public async Task A_master_that_refused_a_write_as_a_replica_is_looked_at_before_the_write_is_sent_again()
    {
        await using var server = new FakeRedis(AnswerAsync);
        await using var client = await ConnectAsync(server.Address);
        _heard.Clear();
        server.Answer = (connection, command) =>
        {
            _heard.Enqueue((connection, command[0]));
            server.Answer = AnswerAsync;
            return connection.SendAsync("-READONLY You can't write against a read only replica.\r\n");
        };

        Assert.True(await client.DoAsync("SET", "k", "v"));

        Assert.Equal(["SET", Looked, "SET"], _heard.Select(static one => one.Command));
        Assert.Single(_heard.Select(static one => one.Connection).Distinct());
    }

    [Fact]
    public async Task A_master_of_sentinels_that_was_heard_to_be_a_replica_is_looked_at_before_it_is_used_again()
    {
        await using var server = new FakeRedis(AnswerAsync);
        await using var sentinel = new FakeRedis(
            (connection, command) =>
                connection.SendAsync(
                    command switch
                    {
                        ["SUBSCRIBE", var channel] => $">3\r\n$9\r\nsubscribe\r\n${channel.Length}\r\n{channel}\r\n:1\r\n",
                        ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", ..] => $"*2\r\n$9\r\n127.0.0.1\r\n+{server.Port}\r\n",
                        ["SENTINEL", "SENTINELS", ..] => "*0\r\n",
                        _ => "-NOPERM this user has no permissions\r\n",
                    }
                )
        );
        await using var client = await ConnectAsync($"redis+sentinel://127.0.0.1:{sentinel.Port}/m");
        server.Role = Replica;
        client.RefreshTopology();
        await Until.TrueAsync(() => !client.State.IsConnected, "it is heard");
        _heard.Clear();
        var command = client.DoAsync("SET", "k", "v").AsTask();
        await AskedAsync(server);
        Assert.Equal((0, false), (_heard.Count, command.IsCompleted));
        server.Role = FakeRedis.Master;

        Assert.True(await command);
        AssertLookedAtFirst("SET");
        Assert.Equal(1, server.Accepted);
    }

    [Theory]
    [InlineData("replica")]
    [InlineData("master")]
    public async Task A_redirect_to_a_node_that_was_a_replica_on_this_connection_waits_until_that_was_looked_at(string greeting)
    {
        await using var former = new FakeRedis(AnswerAsync) { Mode = "cluster" };
        await using var promoted = new FakeRedis(AnswerAsync) { Mode = "cluster", Hello = Hello("cluster", greeting) };
        former.Name(promoted);
        await using var client = await ConnectAsync(former.Address);
        var link = client.Nodes.Single(node => node.EndPoint.Port == promoted.Port).Commands;
        link.Start();
        await Until.TrueAsync(() => link.Connection is not null, "it is connected");
        await AskedAsync(former, client);
        Assert.False(link.Connection!.IsAdmitted);
        _heard.Clear();
        former.Answer = (connection, command) =>
        {
            promoted.Name(former);
            return connection.SendAsync($"-MOVED {HashSlot.Of(command[1])} 127.0.0.1:{promoted.Port}\r\n");
        };

        Assert.True(await client.DoAsync("GET", "k"));

        AssertLookedAtFirst("GET");
        Assert.Equal(1, promoted.Accepted);
    }

    /// <summary>On the connection of each such command.</summary>
    private void AssertLookedAtFirst(string command)
    {
        Assert.True(Heard(command) > 0);
        foreach (var connection in _heard.Where(one => one.Command == command).Select(static one => one.Connection).Distinct())
        {
            Assert.Equal(Looked, _heard.First(one => one.Connection == connection).Command);
        }
    }

    private Task AnswerAsync(FakeConnection connection, string[] command)
    {
        _heard.Enqueue((connection, command[0]));
        return connection.SendAsync(command[0] == "WAIT" ? ":0\r\n" : "+OK\r\n");
    }

    private static async Task<RedisClient> ConnectAsync(string address)
    {
        var options = RedisOptions.Parse(address);
        options.Timings = new()
        {
            ConnectTimeout = TimeSpan.FromMinutes(2),
            CommandTimeout = TimeSpan.FromMinutes(2),
            // An address that leads to a replica is left once, and not again.
            LongestReconnectDelay = TimeSpan.FromHours(1),
            TopologyRefresh = TimeSpan.FromHours(1),
        };
        var client = new RedisClient(options, TimeProvider.System, new Gate());
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        return client;
    }

    private static async Task<bool> DoAsync(RedisClient client, bool waits) =>
        waits ? await client.SetAndWaitAsync("k", "v") is { Reply: true, Failure: null } : await client.DoAsync("SET", "k", "v");

    /// <summary>Until its role was asked some times more: what follows from an answer has followed.</summary>
    private static async Task AskedAsync(FakeRedis server, RedisClient? client = null)
    {
        var before = server.TopologyAsked;
        await Until.TrueAsync(
            () =>
            {
                client?.RefreshTopology();
                return server.TopologyAsked > before + 5;
            },
            "its role is asked"
        );
    }

    private static string Hello(string mode, string role) =>
        $"%3\r\n$7\r\nversion\r\n$3\r\n7.0\r\n$4\r\nmode\r\n${mode.Length}\r\n{mode}\r\n$4\r\nrole\r\n${role.Length}\r\n{role}\r\n";

    private sealed class Gate : IServerGate
    {
        public async ValueTask<bool> AdmitAsync(RespConnection connection, RedisEndPoint endPoint, CancellationToken cancellation) =>
            await RespHandshake.Send(connection, Replies.Done, cancellation, Looked);
    }
}

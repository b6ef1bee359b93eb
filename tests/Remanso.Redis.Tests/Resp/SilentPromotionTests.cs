using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>A replica that is promoted while the flow to it is cut in silence.</summary>
public sealed class SilentPromotionTests
{
    private const string ReplicaOfNobodyKnown = "*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:1\r\n$9\r\nconnected\r\n:0\r\n";
    private const string Master = "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";

    [Fact]
    public async Task A_connection_that_dies_while_its_server_is_looked_at_is_given_up_for_a_new_one()
    {
        FakeConnection? first = null;
        await using var server = new FakeRedis(
            (connection, _) =>
            {
                // What is asked on the first one before it is trusted is the last that it hears.
                first ??= connection;
                connection.IsSilent |= connection == first;
                return connection.IsSilent ? Task.CompletedTask : connection.SendAsync("+OK\r\n");
            }
        )
        {
            Hello = "%3\r\n$7\r\nversion\r\n$3\r\n7.0\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$7\r\nreplica\r\n",
            Role = ReplicaOfNobodyKnown,
        };
        var options = RedisOptions.Parse(server.Address);
        options.Timings = new()
        {
            ConnectTimeout = TimeSpan.FromMilliseconds(500),
            CommandTimeout = TimeSpan.FromHours(1),
            TopologyRefresh = TimeSpan.FromMilliseconds(50),
        };
        await using var client = new RedisClient(options, TimeProvider.System, new Gate());
        await Until.TrueAsync(() => client.Nodes.Any(static node => node.IsReplica), "it is known for a replica");

        server.Role = Master;

        await Until.TrueAsync(() => client.State.IsConnected, "it is the master on another connection");
        Assert.NotNull(first);
    }

    [Fact]
    public void What_only_its_token_ends_hides_no_silence_and_never_makes_one()
    {
        var owed = new OwedReplies(8);
        owed.Add(Command(RespCommand.NoDeadline), 1);
        Assert.Equal(int.MinValue, owed.Sweep(now: 1000));
        // The ticks have gone round.
        Assert.Equal(int.MinValue, owed.Sweep(now: int.MinValue + 10));

        owed.Add(Command(deadline: 10), 2);
        Assert.Equal(990, owed.Sweep(now: 1000));
    }

    private static RespCommand<bool> Command(int deadline)
    {
        var command = RespCommand<bool>.Rent(Replies.Done);
        command.Append(["GET", "k"]);
        command.Arm(deadline, CancellationToken.None);
        return command;
    }

    private sealed class Gate : IServerGate
    {
        public async ValueTask<bool> AdmitAsync(RespConnection connection, RedisEndPoint endPoint, CancellationToken cancellation) =>
            await RespHandshake.Send(connection, Replies.Done, cancellation, "INFO");
    }
}

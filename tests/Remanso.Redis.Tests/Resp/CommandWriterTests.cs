using Remanso.Redis.Resp;
using Remanso.Redis.Resp.Connections;
using Remanso.Redis.Resp.Protocol;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>A command that can't be encoded, for want of memory or as it is too long, and those around it: each is sent or
/// fails, and none is forgotten.</summary>
public sealed class CommandWriterTests
{
    private const int Largest = 128 * 1024;

    [Fact]
    public async Task What_is_queued_behind_a_command_that_cannot_be_encoded_is_sent_all_the_same()
    {
        await using var server = new FakeRedis(static (connection, _) => connection.SendAsync("+fine\r\n"));
        await using var client = await TestClient.ConnectAsync(server.Address, static options => options.Limits.LargestWrite = Largest);
        Task<string?> tooLong;
        Task<string?>[] behind;

        using (WriteBatch.Begin())
        {
            tooLong = client.TextAsync("SET", "k", new byte[Largest]).AsTask();
            behind = [client.TextAsync("GET", "a").AsTask(), client.TextAsync("GET", "b").AsTask()];
        }

        var error = await Assert.ThrowsAsync<RedisConnectionException>(() => tooLong);
        Assert.False(error.MayHaveRun);
        Assert.Contains($"more than {Largest} bytes", error.Message, StringComparison.Ordinal);
        var replies = await Task.WhenAll(behind).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.All(replies, static reply => Assert.Equal("fine", reply));
    }

    [Fact]
    public void A_command_whose_ASKING_cannot_be_encoded_is_owed_a_reply_and_those_behind_stay_queued()
    {
        var (queue, owed, end) = (new CommandQueue(), new OwedReplies(64), new End());
        var limits = new RedisConnectionLimits { LargestWrite = RespWriter.UsualCapacity };
        var writer = new CommandWriter(Stream.Null, queue, owed, limits, end);
        // Leaves room for no further header.
        var filling = Command("SET", "k", new byte[RespWriter.UsualCapacity - 45]);
        var asking = Command("GET", "asked");
        asking.Asking = true;
        var behind = Command("GET", "behind");
        Assert.True(queue.TryPush(filling, out _) && queue.TryPush(asking, out _) && queue.TryPush(behind, out _));

        writer.Run();

        Assert.IsType<InvalidOperationException>(end.Reason);
        Assert.True(owed.TryRemove(out var first, out _));
        Assert.True(owed.TryRemove(out var second, out _));
        Assert.Equal([filling, asking], [first, second]);
        Assert.Equal(CommandPhase.InFlight, asking.Phase);
        Assert.Equal(0, writer.HandedOver);
        Assert.Same(behind, queue.TakeAll());
    }

    private static RespCommand<bool> Command(params ReadOnlySpan<RespArg> arguments)
    {
        var command = RespCommand<bool>.Rent(Replies.Done);
        command.Append(arguments);
        command.Arm(deadline: 1, default);
        return command;
    }

    private sealed class End : IConnectionEnd
    {
        public Exception? Reason { get; private set; }

        public void Fail(Exception reason) => Reason = reason;

        public void HalfEnded() { }
    }
}

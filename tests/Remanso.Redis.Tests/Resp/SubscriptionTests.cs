using Remanso.Redis.Resp;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

public sealed class SubscriptionTests(RedisServer server) : IClassFixture<RedisServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_of_every_kind_of_channel_arrive_in_order()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress);
        var literal = new RecordingSubscriber();
        var pattern = new RecordingSubscriber();
        var sharded = new RecordingSubscriber();
        await using var first = await client.SubscribeAsync(RedisChannel.Literal("news:a"), literal, Cancellation);
        await using var second = await client.SubscribeAsync(RedisChannel.Pattern("news:*"), pattern, Cancellation);
        await using var third = await client.SubscribeAsync(RedisChannel.Sharded("news:s"), sharded, Cancellation);
        for (var i = 0; i < 100; i++)
        {
            await client.Int64Async("PUBLISH", "news:a", i);
        }
        await client.Int64Async("PUBLISH", "news:b", "b");
        await client.Int64Async("SPUBLISH", "news:s", "s");
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal($"news:a={i}", await literal.NextAsync());
            Assert.Equal($"news:a={i}", await pattern.NextAsync());
        }
        Assert.Equal("news:b=b", await pattern.NextAsync());
        Assert.Equal("news:s=s", await sharded.NextAsync());
    }

    [Fact]
    public async Task Two_subscribers_of_a_channel_both_hear_and_one_may_leave()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress);
        var stays = new RecordingSubscriber();
        var leaves = new RecordingSubscriber();
        await using var staying = await client.SubscribeAsync(RedisChannel.Literal("shared"), stays, Cancellation);
        var leaving = await client.SubscribeAsync(RedisChannel.Literal("shared"), leaves, Cancellation);
        await client.Int64Async("PUBLISH", "shared", 1);
        Assert.Equal("shared=1", await leaves.NextAsync());
        await leaving.DisposeAsync();
        await client.Int64Async("PUBLISH", "shared", 2);
        Assert.Equal("shared=1", await stays.NextAsync());
        Assert.Equal("shared=2", await stays.NextAsync());
        await staying.DisposeAsync();
        await Until.TrueAsync(async () => await client.Int64Async("PUBLISH", "shared", 3) == 0, "nobody is subscribed any more");
    }

    [Fact]
    public async Task A_lost_connection_is_told_and_so_is_its_return()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress);
        var subscriber = new RecordingSubscriber();
        await using var subscription = await client.SubscribeAsync(RedisChannel.Literal("kill"), subscriber, Cancellation);
        await server.Process.CliAsync("client", "kill", "type", "pubsub");
        Assert.Equal("lost", await subscriber.NextAsync());
        Assert.Equal("restored", await subscriber.NextAsync());
        await client.Int64Async("PUBLISH", "kill", "again");
        Assert.Equal("kill=again", await subscriber.NextAsync());
    }

    [Fact]
    public async Task A_subscriber_that_throws_goes_on_hearing()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress);
        var subscriber = new RecordingSubscriber { OnEach = static () => throw new InvalidOperationException() };
        await using var subscription = await client.SubscribeAsync(RedisChannel.Literal("throw"), subscriber, Cancellation);
        await client.Int64Async("PUBLISH", "throw", 1);
        var heard = new RecordingSubscriber();
        await using var fence = await client.SubscribeAsync(RedisChannel.Literal("throw"), heard, Cancellation);
        subscriber.OnEach = static () => { };
        await client.Int64Async("PUBLISH", "throw", 2);
        await subscriber.UntilAsync("throw=2");
    }

    [Fact]
    public async Task A_subscriber_that_falls_too_far_behind_is_told_of_a_loss()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress);
        using var gate = new ManualResetEventSlim();
        var subscriber = new RecordingSubscriber { OnEach = () => gate.Wait(Cancellation) };
        await using var subscription = await client.SubscribeAsync(RedisChannel.Literal("flood"), subscriber, Cancellation);
        async Task<string> ConnectionAsync() => (await server.Process.CliAsync("client", "list", "type", "pubsub")).Split(' ')[0];

        var first = await ConnectionAsync();
        await Task.WhenAll(
            Enumerable.Range(0, DeliveryPump.MostWaiting + 1000).Select(i => client.Int64Async("PUBLISH", "flood", i).AsTask())
        );
        await Until.TrueAsync(async () => await ConnectionAsync() is ['i', 'd', ..] now && now != first, "it has subscribed anew");
        gate.Set();
        await subscriber.UntilAsync("lost");
        await subscriber.UntilAsync("restored");
    }

    [Fact]
    public async Task A_channel_that_is_refused_later_is_told_and_asked_for_again_ever_less_often()
    {
        await using var own = await RedisProcess.StartAsync();
        await own.CliAsync("acl", "setuser", "wide", "on", ">pw", "~*", "+@all", "allchannels");
        await using var client = await TestClient.ConnectAsync($"redis://wide:pw@127.0.0.1:{own.Port}");
        var subscriber = new RecordingSubscriber();
        await using var subscription = await client.SubscribeAsync(RedisChannel.Sharded("ch"), subscriber, Cancellation);
        var began = TimeProvider.System.GetTimestamp();

        // It ends who is subscribed, too.
        await own.CliAsync("acl", "setuser", "wide", "resetchannels");
        Assert.Equal("lost", await subscriber.NextAsync());
        for (var refusal = 0; refusal < 3; refusal++)
        {
            Assert.Equal("ch refused", await subscriber.NextAsync());
        }

        // One second before the second time, and two before the third.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.FromSeconds(2.9), TimeSpan.MaxValue);
        await own.CliAsync("acl", "setuser", "wide", "allchannels");
        await subscriber.UntilAsync("restored");
        await own.CliAsync("spublish", "ch", "again");
        Assert.Equal("ch=again", await subscriber.NextAsync());
    }

    [Fact]
    public async Task A_subscription_that_the_server_refuses_fails()
    {
        await using var own = await RedisProcess.StartAsync();
        await own.CliAsync("acl", "setuser", "narrow", "on", ">pw", "~*", "+@all", "resetchannels");
        await using var client = await TestClient.ConnectAsync($"redis://narrow:pw@127.0.0.1:{own.Port}");
        var error = await Assert.ThrowsAsync<RedisServerException>(async () =>
            await client.SubscribeAsync(RedisChannel.Literal("no"), new RecordingSubscriber(), Cancellation)
        );
        Assert.Equal("NOPERM", error.Code);
    }
}

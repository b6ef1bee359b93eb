using Remanso.Redis.Resp;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

public sealed class RedisClientTests(RedisServer server) : IClassFixture<RedisServer>
{
    private static readonly RedisScript _sum = new("return {tonumber(ARGV[1]) + tonumber(ARGV[2]), KEYS[1], false}");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Values_of_every_type_come_back()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress);
        Assert.True(await client.DoAsync("SET", "type:k", "v"));
        Assert.Equal("v", await client.TextAsync("GET", "type:k"));
        Assert.Null(await client.TextAsync("GET", "type:absent"));
        Assert.Equal(3, await client.Int64Async("RPUSH", "type:l", "a", "b", "c"));
        var list = await client.ExecuteAsync(RedisRoute.FirstKey, Replies.Texts, Cancellation, "LRANGE", "type:l", 0, -1);
        Assert.Equal(["a", "b", "c"], list);
        await client.DoAsync("HSET", "type:h", "f", 1);
        var pairs = await client.ExecuteAsync(
            RedisRoute.FirstKey,
            static (ref reply) => (reply.ReadMapHeader(), reply.ReadString(), reply.ReadInt64()),
            Cancellation,
            "HGETALL",
            "type:h"
        );
        Assert.Equal((1, "f", 1), pairs);
        await client.DoAsync("ZADD", "type:z", "2.5", "m");
        Assert.Equal(
            2.5,
            await client.ExecuteAsync(RedisRoute.FirstKey, static (ref reply) => reply.ReadDouble(), Cancellation, "ZSCORE", "type:z", "m")
        );
    }

    [Theory]
    [InlineData("string", RespType.BulkString)]
    [InlineData("integer", RespType.Integer)]
    [InlineData("double", RespType.Double)]
    [InlineData("bignum", RespType.BigNumber)]
    [InlineData("null", RespType.Null)]
    [InlineData("array", RespType.Array)]
    [InlineData("set", RespType.Set)]
    [InlineData("map", RespType.Map)]
    [InlineData("attrib", RespType.BulkString)]
    [InlineData("verbatim", RespType.Verbatim)]
    [InlineData("true", RespType.Boolean)]
    [InlineData("false", RespType.Boolean)]
    public async Task Every_RESP3_type_that_the_server_can_send_is_read(string kind, object type)
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress);
        var read = await client.ExecuteAsync(
            RedisRoute.Any,
            static (ref reply) =>
            {
                var first = reply.Type;
                reply.Skip();
                return (first, reply.Type);
            },
            Cancellation,
            "DEBUG",
            "PROTOCOL",
            kind
        );
        Assert.Equal(((RespType)type, RespType.None), read);
    }

    [Fact]
    public async Task An_error_names_its_code_and_leaves_the_connection_well()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress);
        await client.DoAsync("SET", "error:k", "text");
        var error = await Assert.ThrowsAsync<RedisServerException>(() => client.Int64Async("LPUSH", "error:k", 1).AsTask());
        Assert.Equal("WRONGTYPE", error.Code);
        Assert.False(error.IsTransient);
        Assert.Equal("text", await client.TextAsync("GET", "error:k"));
    }

    [Fact]
    public async Task A_script_that_the_server_does_not_know_is_loaded_and_runs()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress);
        await client.ExecuteAsync(RedisRoute.Any, Replies.Done, Cancellation, "SCRIPT", "FLUSH");
        for (var round = 0; round < 2; round++)
        {
            var reply = await client.EvalAsync(
                _sum,
                static (ref reply) => (reply.ReadArrayHeader(), reply.ReadInt64(), reply.ReadString(), reply.TryReadNull()),
                ["script:k"],
                [40, 2],
                Cancellation
            );
            Assert.Equal((3, 42, "script:k", true), reply);
        }
        var known = await client.ExecuteAsync(
            RedisRoute.Any,
            static (ref reply) => (reply.ReadArrayHeader(), reply.ReadInt64()),
            Cancellation,
            "SCRIPT",
            "EXISTS",
            _sum.Sha1
        );
        Assert.Equal((1, 1), known);
    }

    [Fact]
    public async Task A_wait_behind_a_write_tells_how_many_replicas_have_it()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress);
        await client.ExecuteAsync(RedisRoute.Any, Replies.Done, Cancellation, "SCRIPT", "FLUSH");
        var wait = new WaitFor(1, TimeSpan.FromMilliseconds(20));
        var waited = await client.ExecuteWithWaitAsync(RedisRoute.FirstKey, Replies.Int64, wait, null, Cancellation, "INCR", "wait:k");
        Assert.Equal((1, 0, null), (waited.Reply, waited.Replicas, waited.Failure));
        var script = new RedisScript("return redis.call('INCR', KEYS[1])");
        var evaluated = await client.ExecuteWithWaitAsync(
            RedisRoute.ScriptKey,
            Replies.Int64,
            wait,
            script,
            Cancellation,
            "EVALSHA",
            script.Sha1,
            1,
            "wait:k"
        );
        Assert.Equal((2, 0, null), (evaluated.Reply, evaluated.Replicas, evaluated.Failure));
    }

    [Fact]
    public async Task Many_callers_share_a_connection_and_each_gets_its_own_reply()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress);
        async Task RunAsync(int caller)
        {
            for (var i = 0; i < 500; i++)
            {
                var expected = $"{caller}:{i}";
                Assert.Equal(expected, await client.TextAsync("ECHO", expected));
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 64).Select(caller => Task.Run(() => RunAsync(caller), Cancellation)));
    }

    [Fact]
    public async Task Cancellation_at_any_moment_leaves_every_other_reply_in_its_place()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress);
        async Task RunAsync(int caller)
        {
            var random = new Random(caller);
            for (var i = 0; i < 300; i++)
            {
                using var cancellation = new CancellationTokenSource();
                var expected = $"{caller}:{i}";
                var reply = client.ExecuteAsync(RedisRoute.Any, Replies.Text, cancellation.Token, "ECHO", expected).AsTask();
                if (random.Next(2) == 0)
                {
                    await cancellation.CancelAsync();
                }
                try
                {
                    Assert.Equal(expected, await reply);
                }
                catch (OperationCanceledException)
                {
                    Assert.True(cancellation.IsCancellationRequested);
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 32).Select(caller => Task.Run(() => RunAsync(caller), Cancellation)));
    }

    [Fact]
    public async Task The_database_of_the_address_is_selected_and_the_connection_bears_its_name()
    {
        await using var client = await TestClient.ConnectAsync(server.AdminAddress + "/3", o => o.ClientName = "tester");
        var info = await client.ExecuteAsync(RedisRoute.Any, Replies.Text, Cancellation, "CLIENT", "INFO");
        Assert.Contains(" db=3 ", info, StringComparison.Ordinal);
        Assert.Contains(" name=tester ", info, StringComparison.Ordinal);
        Assert.Contains(" resp=3", info, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_after_the_end_of_the_client_fail_as_not_run()
    {
        var client = await TestClient.ConnectAsync(server.AdminAddress);
        await client.DisposeAsync();
        var error = await Assert.ThrowsAsync<RedisConnectionException>(() => client.TextAsync("GET", "k").AsTask());
        Assert.False(error.MayHaveRun);
    }
}

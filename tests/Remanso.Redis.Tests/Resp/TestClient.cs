using Remanso.Conformance.Servers;
using Remanso.Redis.Resp;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>Clients and shorthands for the tests.</summary>
internal static class TestClient
{
    public static async Task<RedisClient> ConnectAsync(string address, Action<RedisOptions>? configure = null)
    {
        var client = Create(address, configure);
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        return client;
    }

    public static RedisClient Create(string address, Action<RedisOptions>? configure = null)
    {
        var options = RedisOptions.Parse(address);
        configure?.Invoke(options);
        return new(options, TimeProvider.System);
    }

    public static ValueTask<string?> TextAsync(this RedisClient client, params ReadOnlySpan<RespArg> command) =>
        client.ExecuteAsync(RedisRoute.FirstKey, Replies.Text, TestContext.Current.CancellationToken, command);

    public static ValueTask<bool> DoAsync(this RedisClient client, params ReadOnlySpan<RespArg> command) =>
        client.ExecuteAsync(RedisRoute.FirstKey, Replies.Done, TestContext.Current.CancellationToken, command);

    public static ValueTask<long> Int64Async(this RedisClient client, params ReadOnlySpan<RespArg> command) =>
        client.ExecuteAsync(RedisRoute.FirstKey, Replies.Int64, TestContext.Current.CancellationToken, command);

    /// <summary>Sets a key, and waits for no replica.</summary>
    public static Task<Waited<bool>> SetAndWaitAsync(this RedisClient client, string key, string value) =>
        client.ExecuteWithWaitAsync(
            RedisRoute.FirstKey,
            Replies.Done,
            new(0, TimeSpan.FromSeconds(1)),
            null,
            TestContext.Current.CancellationToken,
            "SET",
            key,
            value
        );

    /// <summary>Sets a key to <c>v</c>, again and again until it is done: as writers do while a server is away.</summary>
    public static Task WriteAsync(this RedisClient client, string key) =>
        Until.TrueAsync(
            async () =>
            {
                try
                {
                    return await client.DoAsync("SET", key, "v");
                }
                catch (RedisException)
                {
                    return false;
                }
            },
            "it is written"
        );
}

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
}

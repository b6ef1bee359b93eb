using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Hosting;

/// <summary>The server in front of a replicated set that Sentinel watches over.</summary>
public sealed class SentinelTests
{
    [Fact]
    public async Task Writes_go_on_at_the_master_that_sentinel_makes()
    {
        await using var set = await RedisSentinels.StartAsync();
        await using var server = await RunningServer.StartAsync("--tier", set.Address);
        await MustBeSetAsync(server);

        (await set.MasterAsync()).Kill();

        await Until.TrueAsync(async () => await SetAsync(server) == HttpStatusCode.OK, "the new master takes writes");
        using var ready = await server.SendAsync("GET", "/health/ready");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    private static async Task MustBeSetAsync(RunningServer server) => Assert.Equal(HttpStatusCode.OK, await SetAsync(server));

    private static async Task<HttpStatusCode> SetAsync(RunningServer server)
    {
        using var answer = await server.SendAsync("POST", "/set", """{"key":"k","value":"v"}""");
        return answer.StatusCode;
    }
}

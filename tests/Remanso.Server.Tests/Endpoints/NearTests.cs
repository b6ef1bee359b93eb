using System.Text.Json;

namespace Remanso.Server.Tests.Endpoints;

public sealed class NearTests
{
    private const string Path = "/v1/caches/default/entries/k";

    [Fact]
    public async Task A_near_cache_answers_over_HTTP_and_says_so()
    {
        await using var server = await RunningServer.StartAsync(
            "--Remanso:Caches:default:Near:Enabled=true",
            "--Remanso:Caches:default:Near:MaxEntries=10"
        );
        // Its flush would end a near copy of what is dirty.
        await server.SendAsync("PUT", Path + "?durability=stored", "v");

        var first = await server.Client.GetAsync(Path);
        var second = await server.Client.GetAsync(Path);

        Assert.Equal("Remanso; hit; detail=tier", first.Header("Cache-Status"));
        Assert.Equal("Remanso; hit; detail=near", second.Header("Cache-Status"));
        Assert.Equal("v", await second.TextAsync());
        Assert.Equal(first.Header("ETag"), second.Header("ETag"));
        Assert.InRange(int.Parse(second.Header("Age")!, provider: null), 0, 60);
        using var statistics = JsonDocument.Parse(await server.Client.GetStringAsync("/v1/stats"));
        var cache = statistics.RootElement.GetProperty("caches").GetProperty("default");
        Assert.Equal(1, cache.GetProperty("reads").GetProperty("near").GetInt64());
        Assert.Equal(1, cache.GetProperty("near").GetProperty("entries").GetInt64());

        await server.SendAsync("PUT", Path, "w");
        Assert.Equal("w", await (await server.Client.GetAsync(Path)).TextAsync());
    }
}

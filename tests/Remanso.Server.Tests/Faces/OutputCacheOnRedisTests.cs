using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.AspNetCore.OutputCaching;
using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Faces;

/// <summary>The output cache's contract on a Redis that stops, or is full: pages are served, and not kept.</summary>
public sealed class OutputCacheOnRedisTests : IAsyncLifetime
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    private RedisProcess _server = null!;
    private IHost _host = null!;
    private IOutputCacheStore _store = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisProcess.StartAsync();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLogging();
        builder.Services.AddRemanso().UseRedis(_server.Address).AsOutputCache();
        builder.Services.AddOutputCache();
        _host = builder.Build();
        await _host.StartAsync(Cancelled);
        _store = _host.Services.GetRequiredService<IOutputCacheStore>();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_response_is_missed_while_redis_is_away_and_kept_again_afterwards()
    {
        await _store.SetAsync("k", [1, 2, 3], ["red"], _minute, Cancelled);
        Assert.Equal([1, 2, 3], await _store.GetAsync("k", Cancelled));

        _server.Kill();
        Assert.Null(await _store.GetAsync("k", Cancelled));
        await _store.SetAsync("k", [4], ["red"], _minute, Cancelled);

        await _server.StartAgainAsync();
        await Until.TrueAsync(
            async () =>
            {
                await _store.SetAsync("k", [5], ["red"], _minute, Cancelled);
                return await _store.GetAsync("k", Cancelled) is [5];
            },
            "responses are kept again"
        );
        await _store.EvictByTagAsync("red", Cancelled);
        Assert.Null(await _store.GetAsync("k", Cancelled));
    }

    [Fact]
    public async Task A_response_that_a_full_redis_refuses_is_served_and_not_kept()
    {
        await _server.CliAsync("CONFIG", "SET", "maxmemory-policy", "noeviction");
        await _server.CliAsync("CONFIG", "SET", "maxmemory", "1");
        await _store.SetAsync("k", [1], ["red"], _minute, Cancelled);
        Assert.Null(await _store.GetAsync("k", Cancelled));

        await _server.CliAsync("CONFIG", "SET", "maxmemory", "0");
        await Until.TrueAsync(
            async () =>
            {
                await _store.SetAsync("k", [2], ["red"], _minute, Cancelled);
                return await _store.GetAsync("k", Cancelled) is [2];
            },
            "responses are kept again"
        );
    }
}

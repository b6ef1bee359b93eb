using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>A process from its start to its end, on Redis: it ends, however it is disposed of, and what it accepted is
/// in the store.</summary>
public sealed class LifeOnRedisTests(TierServer server)
{
    private const int Rounds = 10;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly CancellationToken _token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_that_starts_writes_stops_and_is_disposed_of_ends_and_loses_nothing()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var store = new ScriptedStore();
            await Task.Run(
                    async () =>
                    {
                        var builder = Host.CreateApplicationBuilder();
                        builder.Logging.ClearProviders();
                        builder.Services.AddHostedService<LastWord>();
                        Declare(builder.Services, store);
                        using var host = builder.Build();
                        await host.StartAsync(_token);
                        var cache = host.Services.GetRequiredService<ICache<string, string>>();
                        await cache.SetAsync("k", "first", cancellationToken: _token);
                        await cache.SetAsync("stored", "v", new WriteOptions { Durability = Durability.Stored }, _token);
                        await cache.SetAsync("k", "second", cancellationToken: _token);
                        await host.StopAsync(_token);
                    },
                    _token
                )
                .WaitAsync(_patience, _token);
            Assert.Equal(("second", "v", "bye"), (store.Text("k"), store.Text("stored"), store.Text("last")));
        }
    }

    [Fact]
    public async Task Services_without_a_host_that_are_disposed_of_where_a_reply_arrived_end_and_lose_nothing()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var store = new ScriptedStore();
            await Task.Run(
                    async () =>
                    {
                        var services = new ServiceCollection();
                        Declare(services, store);
                        using var provider = services.BuildServiceProvider();
                        var cache = provider.GetRequiredService<ICache<string, string>>();
                        await cache.SetAsync("k", "v", cancellationToken: _token).ConfigureAwait(false);
                    },
                    _token
                )
                .WaitAsync(_patience, _token);
            Assert.Equal("v", store.Text("k"));
        }
    }

    [Fact]
    public async Task A_write_after_the_stop_is_refused()
    {
        var store = new ScriptedStore();
        await using var process = await CacheProcess.StartAsync(server.Address, TierServer.NewCache(), store);
        await process.Cache.SetAsync("k", "v", cancellationToken: _token);
        await process.StopAsync();
        await Assert.ThrowsAsync<CacheStoppedException>(() => process.Cache.SetAsync("k", "late", cancellationToken: _token).AsTask());
        Assert.Equal("v", store.Text("k"));
        Assert.Equal("v", (await process.Cache.GetAsync("k", _token)).Value);
    }

    [Fact]
    public async Task A_store_that_heeds_no_cancellation_does_not_hold_up_a_stop_and_the_next_worker_stores_what_is_left()
    {
        var name = TierServer.NewCache();
        var stuck = new ScriptedStore { BeforeSave = static _ => new TaskCompletionSource().Task };
        await using (var process = await CacheProcess.StartAsync(server.Address, name, stuck, Hasty))
        {
            await process.Cache.SetAsync("k", "v", cancellationToken: _token);
            await process.StopAsync().WaitAsync(_patience, _token);
        }

        var store = new ScriptedStore();
        await using var next = await CacheProcess.StartAsync(server.Address, name, store, Hasty);
        await next.Cache.SetAsync("k2", "v2", new WriteOptions { Durability = Durability.Stored }, _token);
        await Until.TrueAsync(() => store.Text("k") == "v", "what the stop left is stored");

        static void Hasty(CacheOptions options) =>
            (options.Flush.Lease, options.Flush.StopTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(200));
    }

    private void Declare(IServiceCollection services, ScriptedStore store) =>
        services
            .AddRemanso()
            .UseRedis(server.Address)
            .UseStore(_ => store)
            .AddCache<string, string>(TierServer.NewCache(), static cache =>
            {
                cache.Options.Flush.Interval = TimeSpan.FromHours(1);
                cache.Options.Near.Enabled = true;
            });

    private sealed class LastWord(ICache<string, string> cache) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StopAsync(CancellationToken cancellationToken) =>
            await cache.SetAsync("last", "bye", cancellationToken: cancellationToken);
    }
}

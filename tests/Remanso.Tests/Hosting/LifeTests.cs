using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Support;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Hosting;

/// <summary>From the first use of a cache to its end: what is accepted reaches the store, and what can't is refused.</summary>
public sealed class LifeTests
{
    private readonly ScriptedStore _store = new();
    private readonly CancellationToken _token = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_service_writes_while_it_stops_is_stored_whatever_the_order_of_registration(bool serviceFirst)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        if (serviceFirst)
        {
            builder.Services.AddHostedService<LastWord>();
        }

        Declare(builder.Services);
        if (!serviceFirst)
        {
            builder.Services.AddHostedService<LastWord>();
        }

        using (var host = builder.Build())
        {
            await host.StartAsync(_token);
            await host.StopAsync(_token);
        }

        Assert.Equal("bye", _store.Text("last"));
    }

    [Fact]
    public async Task A_service_that_is_registered_first_reads_and_writes_when_it_starts()
    {
        _store.Put("warm", "from the store", 42);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHostedService<FirstWord>();
        Declare(builder.Services);
        using (var host = builder.Build())
        {
            await host.StartAsync(_token);
            await host.StopAsync(_token);
        }

        Assert.Equal("from the store", _store.Text("first"));
    }

    [Fact]
    public async Task A_write_after_the_stop_is_refused_and_readers_go_on()
    {
        await using var services = Build();
        var cache = services.GetRequiredService<ICache<string, string>>();
        await Hosted.StartAsync(services);
        await cache.SetAsync("k", "v", cancellationToken: _token);
        await Hosted.StopAsync(services);
        Assert.Equal("v", _store.Text("k"));
        await AssertStoppedAsync(cache);
        Assert.Equal("v", (await cache.GetAsync("k", _token)).Value);
        Assert.Equal("v", _store.Text("k"));
    }

    [Fact]
    public async Task A_write_after_the_disposal_is_refused()
    {
        var services = Build();
        var cache = services.GetRequiredService<ICache<string, string>>();
        await cache.SetAsync("k", "v", cancellationToken: _token);
        await services.DisposeAsync();
        Assert.Equal("v", _store.Text("k"));
        await AssertStoppedAsync(cache);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => cache.GetAsync("other", _token).AsTask());
    }

    [Fact]
    public async Task A_write_that_came_before_the_stop_is_stored_and_one_that_comes_after_it_is_refused_however_they_race()
    {
        for (var round = 0; round < 50; round++)
        {
            var store = new ScriptedStore();
            var services = Build(store);
            var cache = services.GetRequiredService<ICache<string, string>>();
            await cache.GetAsync("start", _token);
            using var barrier = new Barrier(4);
            var writers = Enumerable
                .Range(0, 3)
                .Select(writer =>
                    Task.Run(async () =>
                    {
                        var accepted = new List<string>();
                        barrier.SignalAndWait(_token);
                        try
                        {
                            for (var i = 0; i < 10_000; i++)
                            {
                                await cache.SetAsync($"{writer}:{i % 50}", $"{i}", cancellationToken: _token);
                                accepted.Add($"{writer}:{i % 50}={i}");
                            }
                        }
                        catch (CacheStoppedException)
                        {
                            // As it should be.
                        }

                        return accepted;
                    })
                )
                .ToArray();
            barrier.SignalAndWait(_token);
            await services.DisposeAsync();
            foreach (var writer in writers)
            {
                foreach (
                    var last in (await writer)
                        .Select(static write => write.Split('='))
                        .GroupBy(static write => write[0])
                        .Select(static writes => writes.Last())
                )
                {
                    Assert.Equal(last[1], store.Text(last[0]));
                }
            }
        }
    }

    [Fact]
    public async Task The_first_use_starts_the_caches_once_however_many_come_at_once()
    {
        var gate = new Gate();
        _store.OnInitialize = gate.PassAsync;
        await using var services = Build();
        var cache = services.GetRequiredService<ICache<string, string>>();
        var writes = Enumerable
            .Range(0, 20)
            .Select(i => cache.SetAsync($"k{i}", "v", new WriteOptions { Durability = Durability.Stored }, _token).AsTask())
            .ToArray();
        var reads = Enumerable.Range(0, 20).Select(_ => cache.GetAsync("absent", _token).AsTask()).ToArray();
        await gate.ArrivedAsync();
        gate.Open();
        await Task.WhenAll(writes);
        await Task.WhenAll(reads);
        Assert.Equal(1, _store.Initializations);
        Assert.Equal(20, _store.Rows.Count);
    }

    [Fact]
    public async Task A_caller_that_gives_up_leaves_the_start_to_the_others()
    {
        var gate = new Gate();
        _store.OnInitialize = gate.PassAsync;
        await using var services = Build();
        var cache = services.GetRequiredService<ICache<string, string>>();
        using var giveUp = new CancellationTokenSource();
        var impatient = cache.GetAsync("a", giveUp.Token).AsTask();
        var patient = cache.GetAsync("b", _token).AsTask();
        await gate.ArrivedAsync();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        gate.Open();
        Assert.False((await patient).Found);
        Assert.Equal(1, _store.Initializations);
    }

    [Fact]
    public async Task A_start_that_failed_is_told_to_its_caller_and_tried_again_by_the_next()
    {
        _store.OnInitialize = static _ => throw new CacheConfigurationException("The folder is read-only.");
        await using var services = Build();
        var cache = services.GetRequiredService<ICache<string, string>>();
        await Assert.ThrowsAsync<CacheConfigurationException>(() => cache.SetAsync("k", "v", cancellationToken: _token).AsTask());
        _store.OnInitialize = null;
        await cache.SetAsync("k", "v", new WriteOptions { Durability = Durability.Stored }, _token);
        Assert.Equal("v", _store.Text("k"));
    }

    [Fact]
    public async Task Everything_ends_without_await()
    {
        using (var services = Build())
        {
            await services.GetRequiredService<ICache<string, string>>().SetAsync("k", "v", cancellationToken: _token);
        }

        Assert.Equal("v", _store.Text("k"));
    }

    [Fact]
    public async Task What_the_stop_could_not_store_is_counted_and_logged_whoever_disposes()
    {
        var log = new RecordingLog();
        _store.BeforeSave = static _ => throw new StoreDownException();
        var services = Build(configure: remanso => remanso.Services.AddSingleton<ILoggerFactory>(log));
        var cache = services.GetRequiredService<ICache<string, string>>();
        var registry = services.GetRequiredService<ICacheRegistry>();
        await cache.SetAsync("a", "v", cancellationToken: _token);
        await cache.SetAsync("b", "v", cancellationToken: _token);
        await Hosted.StopAsync(services);
        Assert.Equal(2, (await registry.GetStatisticsAsync(_token))["test"].LeftAtStop);
        await services.DisposeAsync();
        Assert.Single(log.Lines, static line => line.Contains("stopped with 2 entries", StringComparison.Ordinal));
    }

    private static async Task AssertStoppedAsync(ICache<string, string> cache)
    {
        var error = await Assert.ThrowsAsync<CacheStoppedException>(() => cache.SetAsync("k", "late").AsTask());
        Assert.Contains("stopped", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CacheStoppedException>(() => cache.RemoveAsync("k").AsTask());
        await Assert.ThrowsAsync<CacheStoppedException>(() => cache.IncrementAsync("n").AsTask());
        await Assert.ThrowsAsync<CacheStoppedException>(() => cache.SetManyAsync([new("k", "late")]).AsTask());
        await Assert.ThrowsAsync<CacheStoppedException>(() => cache.Operations.ReplayDeadLettersAsync(["k"]).AsTask());
    }

    private ServiceProvider Build(ScriptedStore? store = null, Action<RemansoBuilder>? configure = null)
    {
        var services = new ServiceCollection();
        var remanso = Declare(services, store);
        configure?.Invoke(remanso);
        return services.BuildServiceProvider();
    }

    private RemansoBuilder Declare(IServiceCollection services, ScriptedStore? store = null) =>
        services
            .AddRemanso()
            .UseStore(_ => store ?? _store)
            .AddCache<string, string>("test", static cache =>
            {
                cache.Options.Flush.Interval = TimeSpan.FromHours(1);
                cache.Options.Flush.StopTimeout = TimeSpan.FromMilliseconds(500);
            });

    private sealed class LastWord(ICache<string, string> cache) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StopAsync(CancellationToken cancellationToken) =>
            await cache.SetAsync("last", "bye", cancellationToken: cancellationToken);
    }

    private sealed class FirstWord(ICache<string, string> cache) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            var warm = await cache.GetAsync("warm", cancellationToken);
            await cache.SetAsync("first", warm.Value!, new WriteOptions { Durability = Durability.Stored }, cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class StoreDownException() : IOException("The store is down.");
}

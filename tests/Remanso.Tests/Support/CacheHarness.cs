using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Support;
using Remanso.Hosting;
using Remanso.Telemetry;
using Remanso.Testing;
using Remanso.Tiers;

namespace Remanso.Tests.Support;

/// <summary>A cache of strings on the memory tier and a scripted store, put together by the public surface, on a clock
/// that the test moves.</summary>
internal sealed class CacheHarness : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private CacheHarness(ServiceProvider services, ScriptedStore store, ManualTimeProvider time)
    {
        _services = services;
        Store = store;
        Time = time;
        Cache = services.GetRequiredService<ICache<string, string>>();
    }

    public ICache<string, string> Cache { get; }

    public ScriptedStore Store { get; }

    public ManualTimeProvider Time { get; }

    /// <summary>The very options that the cache reads.</summary>
    public CacheOptions Options => _services.GetRequiredService<CacheRegistry>().GetOptions("test");

    public CacheCounters Counters => _services.GetRequiredService<CacheRegistry>().Runtimes.Single().Counters;

    public ICacheRegistry Registry => _services.GetRequiredService<ICacheRegistry>();

    public static async Task<CacheHarness> StartAsync(
        Action<CacheOptions>? configure = null,
        ScriptedStore? store = null,
        Func<ICacheTier, ICacheTier>? decorate = null,
        ManualTimeProvider? time = null,
        Action<CacheConfiguration<string, string>>? declare = null,
        ITierJournal? journal = null,
        bool journalAlone = false,
        ILoggerFactory? loggers = null,
        IReadOnlyList<KnownCache>? known = null
    )
    {
        store ??= new ScriptedStore();
        time ??= new ManualTimeProvider();
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(time);
        if (loggers is not null)
        {
            services.AddSingleton(loggers);
        }

        var builder = services
            .AddRemanso()
            .UseStore(_ => store)
            .AddCache<string, string>("test", cache =>
            {
                configure?.Invoke(cache.Options);
                declare?.Invoke(cache);
            });
        if (decorate is not null)
        {
            builder.UseTier(_ => new DecoratedTiers(new MemoryTierProvider(time), decorate) { Known = known ?? [] });
        }

        if (journal is not null)
        {
            builder.UseJournal(_ => journal);
            if (!journalAlone)
            {
                builder.UseMemoryTier();
            }
        }

        var harness = new CacheHarness(services.BuildServiceProvider(), store, time);
        await Hosted.StartAsync(harness._services);
        return harness;
    }

    /// <summary>Stops the cache as a host does: what is dirty is flushed.</summary>
    public Task StopAsync() => Hosted.StopAsync(_services);

    /// <summary>Moves the clock in small steps until a condition holds; between two steps, all that the first one set
    /// off is done.</summary>
    public async Task AdvanceUntilAsync(Func<bool> holds, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMinutes(3))
            {
                throw new TimeoutException($"By {Time.GetUtcNow()} on the test's clock it did not come to pass: {what}");
            }

            Time.Advance(TimeSpan.FromMilliseconds(10));
            await SettleAsync();
        }
    }

    /// <summary>Waits until nothing is under way but what waits for the clock or a gate: these tests run alone, so an
    /// idle pool tells.</summary>
    public static Task SettleAsync() => PoolAtRest.WaitAsync();

    public async ValueTask DisposeAsync()
    {
        // A store that a test left failing must not hold the test: the drain has a deadline on the manual clock. Nobody asks what
        // came of it, so the pool need not be idle, which it never is beside other tests.
        var disposing = _services.DisposeAsync().AsTask();
        while (!disposing.IsCompleted)
        {
            Time.Advance(TimeSpan.FromSeconds(5));
            await Task.WhenAny(disposing, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System));
        }

        await disposing;
    }
}

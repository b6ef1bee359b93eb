using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Remanso.Stores;

namespace Remanso.Acceptance.Tests.Deployments;

/// <summary>The library as one process of an application has it.</summary>
internal sealed class Session : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Session(ServiceProvider services, string cache)
    {
        _services = services;
        Cache = services.GetRequiredKeyedService<ICache<string, string>>(cache);
    }

    public ICache<string, string> Cache { get; }

    /// <summary>The cache's store, as its flusher has it.</summary>
    public IBackingStore<string, ReadOnlyMemory<byte>> MakeStore() => _services.GetRequiredService<IStoreProvider>().Create(Cache.Name);

    /// <summary>Puts one together and starts it.</summary>
    /// <param name="cache">The cache's name.</param>
    /// <param name="choose">Chooses tier and store.</param>
    /// <param name="configure">Sets the cache's options.</param>
    /// <param name="points">What is done around the saves.</param>
    /// <param name="log">Hears the log.</param>
    /// <param name="time">The clock; the system's where null.</param>
    public static async Task<Session> StartAsync(
        string cache,
        Action<RemansoBuilder> choose,
        Action<CacheOptions> configure,
        WatchPoints points,
        RecordingLog log,
        TimeProvider? time
    )
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(log);
        if (time is not null)
        {
            services.AddSingleton(time);
        }

        var builder = services.AddRemanso();
        choose(builder);
        var store = services.Last(static service => service.ServiceType == typeof(IStoreProvider)).ImplementationFactory!;
        builder.UseStore(provider => new WatchedStores((IStoreProvider)store(provider), points));
        builder.AddCache<string, string>(cache, it => configure(it.Options));
        var session = new Session(services.BuildServiceProvider(), cache);
        foreach (var service in session._services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        return session;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}

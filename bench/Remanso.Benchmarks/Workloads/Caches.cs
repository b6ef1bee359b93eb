using Microsoft.Extensions.DependencyInjection;

namespace Remanso.Benchmarks.Workloads;

/// <summary>Caches as an application has them: from <c>AddRemanso</c>, with the memory tier.</summary>
internal static class Caches
{
    public const string Name = "default";

    /// <summary>A cache without a store, started; it belongs to the services.</summary>
    public static async Task<(ServiceProvider Services, ICache<string, ReadOnlyMemory<byte>> Cache)> StartAsync(
        Action<RemansoBuilder>? configureBuilder = null,
        Action<CacheOptions>? configureCache = null
    )
    {
        var collection = new ServiceCollection();
        var builder = collection.AddRemanso().WithoutStore();
        configureBuilder?.Invoke(builder);
        builder.AddCache<string, ReadOnlyMemory<byte>>(Name, cache =>
        {
            // Nothing may leave or expire while it is measured.
            cache.Options.Ttl.Base = TimeSpan.FromDays(365);
            cache.Options.Tier.MaxBytes = 1L << 30;
            configureCache?.Invoke(cache.Options);
        });
        var services = collection.BuildServiceProvider();
        foreach (var service in services.GetServices<Microsoft.Extensions.Hosting.IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        return (services, services.GetRequiredService<ICache<string, ReadOnlyMemory<byte>>>());
    }
}

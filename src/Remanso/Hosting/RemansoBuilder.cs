using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Remanso.Stores;
using Remanso.Tiers;

namespace Remanso.Hosting;

/// <summary>Configures Remanso in a service collection: its caches, tier and default store.</summary>
public sealed class RemansoBuilder
{
    private readonly RemansoSettings _settings;

    internal RemansoBuilder(IServiceCollection services, RemansoSettings settings)
    {
        Services = services;
        _settings = settings;
    }

    /// <summary>The services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>
    /// Declares a cache. <see cref="ICache{TKey, TValue}"/> is then a service, keyed by the name; without a key it is the cache of these types that was declared last.
    /// </summary>
    /// <param name="name">The name: 1 to 64 letters, digits, '-', '_' or '.'.</param>
    /// <param name="configure">Sets options, codecs and store; ranges are checked when the caches are put together.</param>
    /// <exception cref="NotSupportedException">The key type needs a codec.</exception>
    public RemansoBuilder AddCache<TKey, TValue>(string name, Action<CacheConfiguration<TKey, TValue>>? configure = null)
        where TKey : notnull
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var configuration = new CacheConfiguration<TKey, TValue>(name);
        configure?.Invoke(configuration);
        if (configuration.LoaderType is { } loader)
        {
            Services.TryAddScoped(loader);
        }

        Services.AddSingleton<CacheRegistration>(new TypedCacheRegistration<TKey, TValue>(name, configuration));
        Services.AddKeyedSingleton(name, (services, _) => Find(services));
        Services.AddSingleton(Find);
        return this;

        ICache<TKey, TValue> Find(IServiceProvider services) =>
            services.GetRequiredService<ICacheRegistry>().TryGet<TKey, TValue>(name, out var cache)
                ? cache
                : throw new InvalidOperationException($"There is no cache '{name}'.");
    }

    /// <summary>Keeps accepted state in this process: the default.</summary>
    public RemansoBuilder UseMemoryTier() => UseTier(static services => new MemoryTierProvider(services.GetService<TimeProvider>() ?? TimeProvider.System));

    /// <summary>Keeps accepted state where the provider says.</summary>
    public RemansoBuilder UseTier(Func<IServiceProvider, ITierProvider> provider)
    {
        Services.Replace(ServiceDescriptor.Singleton(provider));
        return this;
    }

    /// <summary>Puts the provider's stores behind every cache that has none of its own.</summary>
    public RemansoBuilder UseStore(Func<IServiceProvider, IStoreProvider> provider)
    {
        Services.Replace(ServiceDescriptor.Singleton(provider));
        return this;
    }

    /// <summary>Leaves flushing to other processes that share the tier.</summary>
    public RemansoBuilder WithoutFlusher()
    {
        _settings.Flushes = false;
        return this;
    }
}

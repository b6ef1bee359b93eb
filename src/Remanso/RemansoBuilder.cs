using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Faces;
using Remanso.Hosting;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso;

/// <summary>Configures Remanso in a service collection: its caches, tier and default store.</summary>
public sealed class RemansoBuilder
{
    private const int LongestRole = 64;

    private readonly RemansoSettings _settings;

    internal RemansoBuilder(IServiceCollection services, RemansoSettings settings)
    {
        Services = services;
        _settings = settings;
    }

    /// <summary>The services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Declares a cache. <see cref="ICache{TKey, TValue}"/> is then a service, keyed by the name; without a
    /// key it is the cache of these types that was declared last.</summary>
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

    /// <summary>Declares a cache for what asks for <c>IDistributedCache</c> (sessions among them), and puts it in the
    /// place of one that is registered; <c>IBufferDistributedCache</c> is the same object. With a key, its name, it can
    /// be had beside others.</summary>
    /// <param name="configure">Sets its options.</param>
    /// <returns>The builder.</returns>
    public RemansoBuilder AsDistributedCache(Action<DistributedOptions>? configure = null)
    {
        var options = new DistributedOptions();
        configure?.Invoke(options);
        return AddFace(
            options.Name,
            options.Cache,
            static (runtime, services) => DistributedFace.Create(runtime, services.GetService<TimeProvider>() ?? TimeProvider.System),
            typeof(IBufferDistributedCache),
            typeof(IDistributedCache)
        );
    }

    /// <summary>Declares a cache for what asks for <c>HybridCache</c>, and puts it in the place of one that is
    /// registered. With a key, its name, it can be had beside others. Serializers are those among the services
    /// (<c>IHybridCacheSerializer&lt;T&gt;</c>, <c>IHybridCacheSerializerFactory</c>).</summary>
    /// <param name="configure">Sets its options.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="CacheConfigurationException">A limit in the options is outside its range; or options were set
    /// through <c>AddHybridCache(o =&gt; …)</c>, which nothing would read.</exception>
    public RemansoBuilder AsHybridCache(Action<HybridOptions>? configure = null)
    {
        var options = new HybridOptions();
        configure?.Invoke(options);
        options.Validate();
        // Perhaps it was given to another cache as well.
        options.Cache = options.Cache.Copy();
        options.Cache.MaxValueBytes = options.MaximumPayloadBytes + HybridPayload.HeadBytes;
        options.Cache.AnyNumberOfTags = true;
        PlatformHybridOptions.ThrowIfSet(Services);
        return AddFace(
            options.Name,
            options.Cache,
            (runtime, services) =>
            {
                // Again: they may have been set after this call.
                PlatformHybridOptions.ThrowIfSet(Services);
                var logger = SafeLogger.Of(services, "Remanso");
                return new HybridFace(
                    runtime,
                    options,
                    new HybridSerializers(services, runtime.Name, logger),
                    services.GetService<TimeProvider>() ?? TimeProvider.System,
                    logger
                );
            },
            typeof(HybridCache)
        );
    }

    /// <summary>Keeps accepted state in this process: the default. With a journal (<see cref="UseJournal"/>) it
    /// survives the process.</summary>
    public RemansoBuilder UseMemoryTier() =>
        UseTier(static services => new MemoryTierProvider(
            services.GetService<TimeProvider>() ?? TimeProvider.System,
            services.GetService<ITierJournal>(),
            SafeLogger.Of(services, "Remanso")
        ));

    /// <summary>Keeps the dirty entries of the memory tier in a journal, too. A tier that is elsewhere is refused at
    /// the start: it keeps its own.</summary>
    internal RemansoBuilder UseJournal(Func<IServiceProvider, ITierJournal> journal)
    {
        Services.Replace(ServiceDescriptor.Singleton(journal));
        return this;
    }

    /// <summary>Keeps accepted state where the provider says.</summary>
    internal RemansoBuilder UseTier(Func<IServiceProvider, ITierProvider> provider)
    {
        Services.Replace(ServiceDescriptor.Singleton(provider));
        return this;
    }

    /// <summary>Puts the provider's stores behind every cache that has none of its own.</summary>
    internal RemansoBuilder UseStore(Func<IServiceProvider, IStoreProvider> provider)
    {
        Services.Replace(ServiceDescriptor.Singleton(provider));
        return this;
    }

    /// <summary>Says that there is no backing store: caches that declare none of their own are plain caches, in front
    /// of the loaders given to <c>GetOrLoadAsync</c>. Without this word a forgotten store is refused at the start. One
    /// cache alone says it with <see cref="CacheConfiguration{TKey, TValue}.WithoutStore"/>; those behind the
    /// platform's contracts never have one.</summary>
    /// <returns>The builder.</returns>
    public RemansoBuilder WithoutStore()
    {
        _settings.WithoutStore = true;
        return this;
    }

    /// <summary>Leaves flushing to other processes that share the tier.</summary>
    public RemansoBuilder WithoutFlusher()
    {
        _settings.Flushes = false;
        return this;
    }

    /// <summary>Says what this process does among those that share the tier, such as <c>api</c> or <c>worker</c>: a
    /// word for people, which changes nothing. The dashboard and the list of processes show it.</summary>
    /// <param name="role">The word: 1 to 64 characters, none of them a control character.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">It is too long, empty, or has control characters.</exception>
    public RemansoBuilder WithRole(string role)
    {
        ArgumentException.ThrowIfNullOrEmpty(role);
        if (role.Length > LongestRole || role.Any(char.IsControl))
        {
            throw new ArgumentException($"A role is 1 to {LongestRole} characters, none of them a control character.", nameof(role));
        }

        _settings.Role = role;
        return this;
    }

    private RemansoBuilder AddFace(
        string name,
        CacheOptions options,
        Func<CacheRuntime, IServiceProvider, object> create,
        params ReadOnlySpan<Type> contracts
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Services.AddSingleton<CacheRegistration>(new FaceRegistration(name, options, create));
        foreach (var contract in contracts)
        {
            Services.RemoveAll(contract);
            Services.AddSingleton(contract, Find);
            Services.AddKeyedSingleton(contract, name, (services, _) => Find(services));
        }

        return this;

        object Find(IServiceProvider services) => services.GetRequiredService<CacheRegistry>().GetFace(name);
    }
}

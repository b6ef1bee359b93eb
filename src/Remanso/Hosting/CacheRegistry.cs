using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.Hosting;

/// <summary>Puts the declared caches together, once, and owns them.</summary>
internal sealed class CacheRegistry : ICacheRegistry, IAsyncDisposable
{
    private readonly SortedDictionary<string, (CacheRuntime Runtime, object Cache)> _caches = new(StringComparer.Ordinal);
    private readonly RemansoMeter _meter = new();
    private readonly ITierProvider _tiers;

    public CacheRegistry(IServiceProvider services, IEnumerable<CacheRegistration> registrations, RemansoSettings settings)
    {
        var time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        _tiers = services.GetService<ITierProvider>() ?? new MemoryTierProvider(time);
        var loggers = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        var stores = services.GetService<IStoreProvider>();
        StoreDescription = stores?.Description ?? "none";
        foreach (var registration in registrations)
        {
            CacheOptionsValidator.Validate(registration.Name, registration.Options);
            registration.Options.Tier.FlushBatchSize = registration.Options.Flush.BatchSize;
            registration.Options.Tier.FillLease = registration.Options.Load.Timeout + TimeSpan.FromSeconds(5);
            var tier = _tiers.Create(registration.Name, registration.Options.Tier);
            if (tier.IsLocal)
            {
                CacheOptionsValidator.ValidateFit(registration.Name, registration.Options);
            }

            var runtime = new CacheRuntime(
                registration.Name,
                registration.Options,
                tier,
                registration.CreateStore(services) ?? (registration.UsesDefaultStore ? stores?.Create(registration.Name) : null),
                registration.TagsOf,
                settings.Flushes,
                time,
                _meter,
                loggers.CreateLogger("Remanso"));
            if (!_caches.TryAdd(registration.Name, (runtime, registration.CreateCache(runtime))))
            {
                throw new CacheConfigurationException($"The cache '{registration.Name}' is declared twice.");
            }
        }
    }

    public IReadOnlyList<string> Names => [.. _caches.Keys];

    public string TierDescription => _tiers.Description;

    public string StoreDescription { get; }

    // A remote tier learns what its server keeps when it is first reached.
    public string Promise => _tiers.Promise;

    public IEnumerable<CacheRuntime> Runtimes => _caches.Values.Select(static cache => cache.Runtime);

    public bool TryGet<TKey, TValue>(string name, [NotNullWhen(true)] out ICache<TKey, TValue>? cache)
        where TKey : notnull
    {
        cache = null;
        if (!_caches.TryGetValue(name, out var found))
        {
            return false;
        }

        cache = found.Cache as ICache<TKey, TValue>
            ?? throw new InvalidOperationException($"The cache '{name}' is not an ICache<{typeof(TKey)}, {typeof(TValue)}>.");
        return true;
    }

    public async ValueTask<IReadOnlyDictionary<string, CacheStatistics>> GetStatisticsAsync(CancellationToken cancellationToken = default)
    {
        var statistics = new SortedDictionary<string, CacheStatistics>(StringComparer.Ordinal);
        foreach (var (name, cache) in _caches)
        {
            statistics.Add(name, await cache.Runtime.GetStatisticsAsync(cancellationToken).ConfigureAwait(false));
        }

        return statistics;
    }

    public IReadOnlyList<string> GetProblems() => [.. Runtimes.Select(static runtime => runtime.Problem).OfType<string>()];

    public async ValueTask DisposeAsync()
    {
        foreach (var runtime in Runtimes)
        {
            await runtime.DisposeAsync().ConfigureAwait(false);
        }

        _meter.Dispose();
    }
}

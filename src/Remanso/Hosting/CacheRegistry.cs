using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Remanso.Common;
using Remanso.Processes;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.Hosting;

/// <summary>Puts the declared caches together, once, and owns them.</summary>
internal sealed class CacheRegistry : ICacheRegistry, IAsyncDisposable, IDisposable
{
    private readonly SortedDictionary<string, (CacheRuntime Runtime, object Cache)> _caches = new(StringComparer.Ordinal);
    private readonly RemansoMeter _meter = new();
    private readonly CacheLife _life;
    private readonly ProcessIdentity _self;
    private readonly ITierProvider _tiers;
    private readonly StoreChangeWatch? _changes;
    private readonly UnflushedWatch? _unflushed;
    private readonly MemoryTierProvider? _ownTiers;

    public CacheRegistry(IServiceProvider services, IEnumerable<CacheRegistration> registrations, RemansoSettings settings)
    {
        using var making = new RegistryInMaking(settings);
        var time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        var logger = SafeLogger.Of(services, "Remanso");
        _life = new CacheLife(StartAllAsync, StopAllAsync, time);
        _self = ProcessIdentity.Make(settings.Role, time);
        var journal = services.GetService<ITierJournal>();
        _tiers = services.GetService<ITierProvider>() ?? (_ownTiers = new MemoryTierProvider(time, journal, logger));
        if (journal is not null && _tiers is not MemoryTierProvider)
        {
            throw new CacheConfigurationException(
                $"The journal {journal.Description} is for the memory tier, but the tier is {_tiers.Description}, which keeps its own."
            );
        }

        var stores = services.GetService<IStoreProvider>();
        StoreDescription = stores?.Description ?? "none";
        var process = new ProcessParts(settings.Flushes, _life, _self, time, _meter);
        var watched = new Dictionary<string, CacheRuntime>(StringComparer.Ordinal);
        foreach (var registration in registrations)
        {
            var options = settings.OptionsOf(registration);
            CacheOptionsValidator.Validate(registration.Name, options);
            registration.Check();
            options.Tier.FlushBatchSize = options.Flush.BatchSize;
            options.Tier.KeepsVersions = options.WriteMode == WriteMode.EveryVersion;
            options.Tier.MaxValueBytes = options.MaxValueBytes;
            options.Tier.FillLease = options.Load.Timeout + TimeSpan.FromSeconds(5);
            making.What = $"the store of the cache '{registration.Name}'";
            var own = registration.CreateStore(services);
            var store = own ?? (registration.UsesDefaultStore ? stores?.Create(registration.Name) : null);
            Name(options.Tier, store is not null, own, stores);
            options.Tier.HoldsWrites = store is not null;
            var tier = _tiers.Create(registration.Name, options.Tier);
            if (options.Tier.NotedStore.Name.Length == 0 && (journal is not null || !tier.IsLocal))
            {
                logger.StoreUntold(registration.Name);
            }

            if (tier.IsLocal)
            {
                CacheOptionsValidator.ValidateFit(registration.Name, options);
            }

            CacheOptionsValidator.ValidateStore(registration, hasStore: store is not null, settings);
            CacheOptionsValidator.ValidateFlushing(registration.Name, tier, hasStore: store is not null, settings);
            CacheOptionsValidator.ValidateMode(registration.Name, options, hasStore: store is not null);
            var runtime = new CacheRuntime(
                registration.Name,
                options,
                tier,
                options.Tier.KeepsVersions ? WithHistory(registration.Name, store) : store,
                registration.TagsOf,
                process,
                logger
            );
            making.What = $"the cache '{registration.Name}'";
            if (!_caches.TryAdd(registration.Name, (runtime, registration.CreateCache(runtime, services))))
            {
                throw new CacheConfigurationException($"The cache '{registration.Name}' is declared twice.");
            }

            if (own is null && registration.UsesDefaultStore)
            {
                watched.Add(registration.Name, runtime);
            }
        }

        settings.ThrowIfUndeclared(Names);
        // After their faces, which know whether a near cache is of use.
        var need = Runtimes.Sum(static runtime => MemoryNeed.Of(runtime.Options, runtime.Tier.IsLocal));
        if (!MemoryNeed.Fits(need, MemoryNeed.Available))
        {
            logger.MemoryMayEnd((long)need >> 20, MemoryNeed.Available >> 20);
        }

        _changes = stores?.Changes is { } feed ? new StoreChangeWatch(feed, watched) : null;
        if (Runtimes.Any(static runtime => !runtime.Tier.IsLocal))
        {
            _unflushed = new UnflushedWatch(
                _tiers,
                Runtimes.ToDictionary(
                    static runtime => runtime.Name,
                    static runtime => runtime.Flusher is not null,
                    StringComparer.Ordinal
                ),
                time,
                logger
            );
        }

        _meter.ObserveUnflushed(() => _unflushed?.Waiting ?? []);
    }

    // Earlier versions knew the default store's name alone.
    private static void Name(TierOptions tier, bool hasStore, object? own, IStoreProvider? stores)
    {
        if (!hasStore)
        {
            tier.ToldStore = "none";
            return;
        }

        tier.ToldStore = own is null ? stores!.Identity : (own as IStoreIdentity)?.Identity;
        tier.EarlierStore = stores is not null && tier.ToldStore == stores.Description ? null : stores?.Description ?? string.Empty;
    }

    private static IBackingStore<string, ReadOnlyMemory<byte>> WithHistory(
        string cache,
        IBackingStore<string, ReadOnlyMemory<byte>>? store
    ) =>
        store is IHistoryStore history
            ? history.WithHistory()
            : throw new CacheConfigurationException(
                $"Remanso:Caches:{cache}:WriteMode is EveryVersion, but the cache's own store keeps no history: only the "
                    + "default table has one."
            );

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

        cache =
            found.Cache as ICache<TKey, TValue>
            ?? throw new InvalidOperationException($"The cache '{name}' is not an ICache<{typeof(TKey)}, {typeof(TValue)}>.");
        return true;
    }

    /// <summary>The face of a cache that has another contract than <see cref="ICache{TKey, TValue}"/>.</summary>
    public object GetFace(string name) => _caches[name].Cache;

    public int GetMaxValueBytes(string name) => _caches[name].Runtime.Options.MaxValueBytes;

    public CacheOptions GetOptions(string name) => _caches[name].Runtime.Options;

    public bool HasStore(string name) => _caches[name].Runtime.HasStore;

    public async ValueTask<IReadOnlyDictionary<string, CacheStatistics>> GetStatisticsAsync(CancellationToken cancellationToken = default)
    {
        var statistics = new SortedDictionary<string, CacheStatistics>(StringComparer.Ordinal);
        foreach (var (name, cache) in _caches)
        {
            statistics.Add(name, await cache.Runtime.GetStatisticsAsync(cancellationToken).ConfigureAwait(false));
        }

        return statistics;
    }

    async ValueTask<IReadOnlyDictionary<string, CacheStatistics>> ICacheRegistry.GetLastStatisticsAsync(CancellationToken cancellationToken)
    {
        // At once: where the tier is about to be found away, each cache waits for that.
        var all = await Task.WhenAll(_caches.Values.Select(cache => cache.Runtime.GetLastStatisticsAsync(cancellationToken).AsTask()))
            .ConfigureAwait(false);
        var statistics = new SortedDictionary<string, CacheStatistics>(StringComparer.Ordinal);
        foreach (var (name, cache) in _caches.Keys.Zip(all))
        {
            statistics.Add(name, cache);
        }

        return statistics;
    }

    public async ValueTask<IReadOnlyList<HistoryVersion>?> ReadHistoryAsync(
        string cache,
        string key,
        int max,
        int maxBytes,
        CancellationToken cancellationToken = default
    ) =>
        _caches[cache].Runtime.History is not { } history ? null
        : Apart.IsNeeded ? await Apart.RunAsync(() => history.ReadHistoryAsync(key, max, maxBytes, cancellationToken)).ConfigureAwait(false)
        : await history.ReadHistoryAsync(key, max, maxBytes, cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<RemansoProcess>> GetProcessesAsync(CancellationToken cancellationToken = default)
    {
        // All at once: each is a question of its own.
        var known = await Task.WhenAll(
                Runtimes.Select(async runtime =>
                    (
                        runtime.Name,
                        runtime.Tier.Partitions,
                        await runtime.Beat.ListAsync(runtime.Tier, cancellationToken).ConfigureAwait(false)
                    )
                )
            )
            .ConfigureAwait(false);
        return ProcessList.Of(_self.Id, known);
    }

    public IDisposable Observe(Action<CacheEvent> observer, CacheEventKinds kinds = CacheEventKinds.All, string? cache = null)
    {
        ArgumentNullException.ThrowIfNull(observer);
        if (cache is not null && !_caches.ContainsKey(cache))
        {
            throw new KeyNotFoundException($"There is no cache '{cache}'.");
        }

        return new Observation([
            .. _caches
                .Values.Where(one => cache is null || one.Runtime.Name == cache)
                .Select(one => one.Runtime.Counters.Events.Add(observer, kinds)),
        ]);
    }

    public IReadOnlyList<string> GetProblems() => [.. Runtimes.Select(static runtime => runtime.Problem).OfType<string>()];

    public IReadOnlyList<string> GetWarnings() =>
        [.. Runtimes.Select(static runtime => runtime.Warning).OfType<string>(), .. _unflushed?.Warnings ?? []];

    public bool OnlyLoadsFail
    {
        get
        {
            var ill = Runtimes.Where(static runtime => runtime.Problem is not null).ToArray();
            return ill.Length > 0 && Array.TrueForAll(ill, static runtime => runtime.OnlyLoadsFail);
        }
    }

    /// <summary>Starts the caches, and listens for changes of their store; what was done before is not done again.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => _life.StartAsync(cancellationToken);

    /// <summary>Refuses writes from now on, and stores what was accepted; once, whoever asks.</summary>
    public Task StopAsync() => _life.StopAsync(Runtimes.Select(static runtime => runtime.Options.Flush.StopTimeout).DefaultIfEmpty().Max());

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _life.End();
        if (_changes is not null)
        {
            await _changes.DisposeAsync().ConfigureAwait(false);
        }

        if (_unflushed is not null)
        {
            await _unflushed.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var runtime in Runtimes)
        {
            await runtime.DisposeAsync().ConfigureAwait(false);
        }

        if (_ownTiers is not null)
        {
            await _ownTiers.DisposeAsync().ConfigureAwait(false);
        }

        _meter.Dispose();
        _life.Dispose();
    }

    public void Dispose() => Disposal.Run(this);

    private async Task StartAllAsync(CancellationToken cancellationToken)
    {
        // At once: where the tier can't be reached, each waits for its time-out.
        try
        {
            await Task.WhenAll(Runtimes.Select(runtime => runtime.StartAsync(cancellationToken))).ConfigureAwait(false);
        }
        catch
        {
            foreach (var runtime in Runtimes)
            {
                runtime.ForgetFailedStart();
            }

            throw;
        }

        // After the stores, which make what it listens to.
        _changes?.Start();

        // After the tiers, which have said by then that their caches are in use.
        if (_unflushed is not null)
        {
            var isWell = Runtimes.All(static runtime => runtime.Problem is null);
            await _unflushed.StartAsync(waits: isWell, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task StopAllAsync()
    {
        await (_changes?.StopAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        await (_unflushed?.StopAsync() ?? Task.CompletedTask).ConfigureAwait(false);

        // The host's own patience is not the drain's deadline: each cache has its own (FlushOptions.StopTimeout).
        await Task.WhenAll(Runtimes.Select(static runtime => runtime.StopAsync())).ConfigureAwait(false);
    }
}

using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Remanso.Conformance.Faces;

/// <summary>What the suites of <see cref="HybridCache"/> have in common: a cache, and a count of the times that a factory ran.</summary>
public abstract class HybridSuite(FaceHarness harness) : IAsyncLifetime
{
    private int _runs;

    /// <summary>The way to the tier.</summary>
    protected FaceHarness Harness { get; } = harness;

    /// <summary>The cache under test.</summary>
    protected HybridCache Cache { get; private set; } = null!;

    /// <summary>How often a factory of <see cref="GetAsync{T}"/> ran.</summary>
    protected int Runs => Volatile.Read(ref _runs);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Cache = (await StartAsync()).Get<HybridCache>();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Harness.DisposeAsync();
    }

    /// <summary>Starts another application on the tier.</summary>
    protected Task<FaceProcess> StartAsync(Action<HybridOptions>? configure = null, Action<IServiceCollection>? register = null) =>
        Harness.StartAsync(
            builder =>
                builder.AsHybridCache(options =>
                {
                    options.Name = Harness.CacheName;
                    Configure(options);
                    configure?.Invoke(options);
                }),
            services =>
            {
                Register(services);
                register?.Invoke(services);
            }
        );

    /// <summary>Reads a key; on a miss, the value is the one given.</summary>
    protected ValueTask<T> GetAsync<T>(
        string key,
        T otherwise,
        HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null
    ) =>
        Cache.GetOrCreateAsync(
            key,
            (Suite: this, Value: otherwise),
            static (state, _) =>
            {
                Interlocked.Increment(ref state.Suite._runs);
                return ValueTask.FromResult(state.Value);
            },
            options,
            tags
        );

    /// <summary>What the cache has of a key, without a factory.</summary>
    protected ValueTask<T> PeekAsync<T>(string key) =>
        GetAsync<T>(key, default!, new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableUnderlyingData });

    /// <summary>Options of the suite's caches.</summary>
    protected virtual void Configure(HybridOptions options) { }

    /// <summary>Services of the suite's applications.</summary>
    protected virtual void Register(IServiceCollection services) { }
}

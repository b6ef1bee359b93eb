using Remanso.Conformance.Faces;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Conformance.Caches;

/// <summary>What the suites of a cache beside a store of the application's own have in common.</summary>
public abstract class AsideSuite(FaceHarness harness) : IAsyncLifetime
{
    /// <summary>A TTL that a test outlasts.</summary>
    protected static readonly TimeSpan Brief = TimeSpan.FromMilliseconds(300);

    /// <summary>The way to the tier.</summary>
    protected FaceHarness Harness { get; } = harness;

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Harness.DisposeAsync();
    }

    /// <summary>Starts a process with a cache without a store, whose copies live for <see cref="Brief"/> and a minute of grace.</summary>
    protected async Task<ICache<string, string>> StartAsync(Action<CacheConfiguration<string, string>>? configure = null)
    {
        var process = await Harness.StartAsync(builder => builder.AddCache<string, string>(Harness.CacheName, cache =>
            {
                cache.WithoutStore = true;
                cache.Options.Ttl = new()
                {
                    Base = Brief,
                    Jitter = 0,
                    Grace = TimeSpan.FromMinutes(1),
                };
                cache.Options.Load.FirstBackoff = TimeSpan.Zero;
                cache.Options.Load.EarlyRefreshBeta = 0;
                configure?.Invoke(cache);
            }));
        return process.Get<ICache<string, string>>();
    }

    /// <summary>Starts a process with a cache in front of a store.</summary>
    private protected async Task<ICache<string, string>> StartAsync(
        ScriptedStore store,
        Action<CacheConfiguration<string, string>>? configure = null
    )
    {
        var process = await Harness.StartAsync(builder =>
            builder
                .UseStore(_ => store)
                .AddCache<string, string>(Harness.CacheName, cache =>
                {
                    cache.Options.Ttl = new()
                    {
                        Base = TimeSpan.FromHours(1),
                        Jitter = 0,
                        Grace = TimeSpan.Zero,
                    };
                    cache.Options.Load.FirstBackoff = TimeSpan.Zero;
                    cache.Options.Load.EarlyRefreshBeta = 0;
                    configure?.Invoke(cache);
                })
        );
        return process.Get<ICache<string, string>>();
    }

    /// <summary>Outlasts <see cref="Brief"/>.</summary>
    protected Task OutlastAsync() => Harness.PassAsync(Brief + TimeSpan.FromMilliseconds(100));

    protected static ValueTask<ReadResult<string>> LoadAsync(
        ICache<string, string> cache,
        string key,
        string? value,
        ReadOptions? options = null
    ) => cache.GetOrLoadAsync(key, (_, _) => ValueTask.FromResult(value), options, Cancelled);

    protected static ValueTask<ReadResult<string>> FailAsync(ICache<string, string> cache, string key, ReadOptions? options = null) =>
        cache.GetOrLoadAsync(
            key,
            static (_, _) => ValueTask.FromException<string?>(new InvalidDataException("The load failed.")),
            options,
            Cancelled
        );
}

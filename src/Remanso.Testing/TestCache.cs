using Microsoft.Extensions.DependencyInjection;

namespace Remanso.Testing;

/// <summary>Starts caches for tests.</summary>
public static class TestCache
{
    /// <summary>The name of the cache.</summary>
    public const string Name = "test";

    /// <summary>Starts a cache of any types on the memory tier, in front of a new
    /// <see cref="FakeStore{TKey, TValue}"/>, on a clock that stands still.</summary>
    /// <param name="configure">Sets options, codecs and tags.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <typeparam name="TKey">The key.</typeparam>
    /// <typeparam name="TValue">The value.</typeparam>
    /// <returns>The cache and what is around it, to be disposed of.</returns>
    /// <exception cref="CacheConfigurationException">An option is wrong.</exception>
    public static Task<TestCache<TKey, TValue>> StartAsync<TKey, TValue>(
        Action<CacheConfiguration<TKey, TValue>>? configure = null,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull => StartAsync(new FakeStore<TKey, TValue>(), configure, cancellationToken);

    /// <summary>The same in front of a store that the test has prepared.</summary>
    /// <param name="store">The store.</param>
    /// <param name="configure">Sets options, codecs and tags.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <typeparam name="TKey">The key.</typeparam>
    /// <typeparam name="TValue">The value.</typeparam>
    /// <returns>The cache and what is around it, to be disposed of.</returns>
    /// <exception cref="CacheConfigurationException">An option is wrong.</exception>
    public static async Task<TestCache<TKey, TValue>> StartAsync<TKey, TValue>(
        FakeStore<TKey, TValue> store,
        Action<CacheConfiguration<TKey, TValue>>? configure = null,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(store);
        var time = new ManualTimeProvider();
        var caches = await RemansoCaches
            .CreateAsync(
                remanso =>
                {
                    remanso.Services.AddSingleton<TimeProvider>(time);
                    remanso.AddCache<TKey, TValue>(Name, cache =>
                    {
                        cache.Store = _ => store;
                        configure?.Invoke(cache);
                    });
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return new TestCache<TKey, TValue>(caches, store, time);
    }
}

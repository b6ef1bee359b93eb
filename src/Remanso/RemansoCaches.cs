using Microsoft.Extensions.DependencyInjection;
using Remanso.Common;
using Remanso.Hosting;

namespace Remanso;

/// <summary>Caches without a host: for console programs, scripts and tests. They are started when
/// <see cref="CreateAsync"/> returns; disposing of this object stores what is dirty and ends them.
/// </summary>
/// <example>
/// <code>
/// await using var caches = await RemansoCaches.CreateAsync(remanso => remanso.UseSqlite("app.db").AddCache&lt;int, User&gt;("users"));
/// await caches.Get&lt;int, User&gt;("users").SetAsync(42, new User("Alice", 7));
/// </code>
/// </example>
public sealed class RemansoCaches : IAsyncDisposable, IDisposable
{
    private readonly ServiceProvider _services;
    private readonly CacheRegistry _registry;

    private RemansoCaches(ServiceProvider services)
    {
        _services = services;
        _registry = services.GetRequiredService<CacheRegistry>();
    }

    /// <summary>The caches by name, their statistics, and what is wrong with them.</summary>
    public ICacheRegistry Registry => _registry;

    /// <summary>The services that the caches are put together of; the platform's contracts are here, where they were
    /// asked for (<c>AsHybridCache</c>, <c>AsDistributedCache</c>).</summary>
    public IServiceProvider Services => _services;

    /// <summary>Puts caches together and starts them.</summary>
    /// <param name="configure">Declares caches, and chooses tier and store; other services, such as logging, go into
    /// <see cref="RemansoBuilder.Services"/>.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    /// <returns>The caches, to be disposed of.</returns>
    /// <exception cref="CacheConfigurationException">A setting is wrong, or a store was forgotten.</exception>
    public static async Task<RemansoCaches> CreateAsync(Action<RemansoBuilder> configure, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var collection = new ServiceCollection();
        configure(collection.AddRemanso());
        var services = collection.BuildServiceProvider();
        try
        {
            var caches = new RemansoCaches(services);
            await caches._registry.StartAsync(cancellationToken).ConfigureAwait(false);
            return caches;
        }
        catch
        {
            await services.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Finds a cache by name and types.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="InvalidOperationException">There is no such cache, or it has other types.</exception>
    public ICache<TKey, TValue> Get<TKey, TValue>(string name)
        where TKey : notnull =>
        _registry.TryGet<TKey, TValue>(name, out var cache) ? cache : throw new InvalidOperationException($"There is no cache '{name}'.");

    /// <summary>Refuses writes from now on, and stores what is dirty; reads go on until the disposal, which does the same first.</summary>
    public Task StopAsync() => _registry.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            // Services that are being disposed of give no store a connection any more.
            await _registry.StopAsync().ConfigureAwait(false);
        }
        finally
        {
            await _services.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>As <see cref="DisposeAsync"/>, and waits for it.</summary>
    public void Dispose() => Disposal.Run(this);
}

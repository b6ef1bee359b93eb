using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Remanso.Stores;

namespace Remanso;

/// <summary>Configures one cache where it is declared.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
public sealed class CacheConfiguration<TKey, TValue>
    where TKey : notnull
{
    internal CacheConfiguration(string name) => Name = name;

    /// <summary>The cache's name.</summary>
    public string Name { get; }

    /// <summary>The options.</summary>
    public CacheOptions Options { get; set; } = new();

    /// <summary>The codec of keys; <see cref="KeyCodec.For{TKey}"/> where null.</summary>
    public IKeyCodec<TKey>? KeyCodec { get; set; }

    /// <summary>The codec of values; <see cref="ValueCodec.For{TValue}"/> where null.</summary>
    public IValueCodec<TValue>? ValueCodec { get; set; }

    /// <summary>Gives a store of this cache's own; the default store where null. Who made it ends it: the services dispose of
    /// one that they have (<c>services.GetRequiredService&lt;ProfileStore&gt;()</c>), after the last flush. One that is made here is
    /// not disposed of.</summary>
    public Func<IServiceProvider, IBackingStore<TKey, TValue>>? Store { get; set; }

    /// <summary>Computes the tags of a value: for loads, which come from tables without a column for tags, and for
    /// writes whose options give none. Null, or a null or empty list: no tags. It must be a pure function of its
    /// arguments; it is called with each load and write, and a loaded value is decoded once more for it. A load fails
    /// with <see cref="InvalidTagException"/> where the tags are not valid.</summary>
    public Func<TKey, TValue, IReadOnlyList<string>?>? Tags { get; set; }

    /// <summary>Turns the default store off for this cache: it is a plain cache in front of the loaders given to
    /// <c>GetOrLoadAsync</c>.</summary>
    public bool WithoutStore { get; set; }

    internal Func<IServiceProvider, LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>>? Loader { get; private set; }

    /// <summary>The class of the loader, to be registered with a lifetime of one load.</summary>
    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)]
    [field: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)]
    internal Type? LoaderType { get; private set; }

    /// <summary>Makes the cache load what it misses by a loader of its own instead of a store: it has no store then.
    /// At most <c>Load:MaxConcurrent</c> loads run at once. Merges, and writes with a condition, load what is not cached
    /// first; it is kept for at least five seconds then, whatever the loader says of TTL and caching.</summary>
    /// <param name="load">Loads one key; null means absent. Its services are a scope of the one load, disposed of at
    /// its end. A load in the background (early refresh, a stale copy) has no request's context.</param>
    /// <returns>The configuration.</returns>
    public CacheConfiguration<TKey, TValue> UseLoader(
        Func<IServiceProvider, LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>> load
    )
    {
        ArgumentNullException.ThrowIfNull(load);
        Loader = load;
        LoaderType = null;
        WithoutStore = true;
        return this;
    }

    /// <summary>As the other overload, by a class, made with its dependencies from the scope of each load.</summary>
    /// <typeparam name="TLoader">The class; registered as a scoped service unless it is registered already.</typeparam>
    /// <returns>The configuration.</returns>
    public CacheConfiguration<TKey, TValue> UseLoader<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TLoader
    >()
        where TLoader : class, ICacheLoader<TKey, TValue>
    {
        UseLoader(static (services, context, token) => services.GetRequiredService<TLoader>().LoadAsync(context, token));
        LoaderType = typeof(TLoader);
        return this;
    }
}

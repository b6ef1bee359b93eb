using Remanso.Stores;

namespace Remanso.Hosting;

/// <summary>A declared cache: how to put it together once tier, store and clock are known.</summary>
internal abstract class CacheRegistration(string name, CacheOptions options)
{
    public string Name { get; } = name;

    public CacheOptions Options { get; } = options;

    /// <summary>Refuses what could be found wrong only by losing something.</summary>
    /// <exception cref="CacheConfigurationException">What goes in would not come out.</exception>
    public virtual void Check() { }

    /// <summary>The store of this cache alone, or null for the default one.</summary>
    public abstract IBackingStore<string, ReadOnlyMemory<byte>>? CreateStore(IServiceProvider services);

    /// <summary>Whether the default store backs this cache where it has none of its own.</summary>
    public abstract bool UsesDefaultStore { get; }

    /// <summary>Computes the tags of a value in tier form; null where the cache computes none.</summary>
    public abstract Func<string, ReadOnlyMemory<byte>, IReadOnlyList<string>?>? TagsOf { get; }

    /// <summary>The typed face.</summary>
    public abstract object CreateCache(CacheRuntime runtime, IServiceProvider services);
}

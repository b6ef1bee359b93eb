using Remanso.Entries;
using Remanso.Stores;

namespace Remanso.Hosting;

/// <summary>Configures one cache where it is declared.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
public sealed class CacheConfiguration<TKey, TValue>
    where TKey : notnull
{
    /// <summary>The options.</summary>
    public CacheOptions Options { get; set; } = new();

    /// <summary>The codec of keys; <see cref="Entries.KeyCodec.For{TKey}"/> where null.</summary>
    public IKeyCodec<TKey>? KeyCodec { get; set; }

    /// <summary>The codec of values; <see cref="Entries.ValueCodec.For{TValue}"/> where null.</summary>
    public IValueCodec<TValue>? ValueCodec { get; set; }

    /// <summary>Makes a store of this cache's own; the default store where null.</summary>
    public Func<IServiceProvider, IBackingStore<TKey, TValue>>? Store { get; set; }

    /// <summary>
    /// Computes the tags of a value: for loads, which come from tables without a column for tags, and for writes whose options give none. Null, or a null or empty list: no tags. It must be a pure
    /// function of its arguments; it is called with each load and write, and a loaded value is decoded once more for it. A load fails with <see cref="InvalidTagException"/> where the
    /// tags are not valid.
    /// </summary>
    public Func<TKey, TValue, IReadOnlyList<string>?>? Tags { get; set; }

    /// <summary>Turns the default store off for this cache: it is a plain cache in front of the loaders given to <c>GetOrLoadAsync</c>.</summary>
    public bool WithoutStore { get; set; }
}

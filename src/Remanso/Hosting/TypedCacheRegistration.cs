using Remanso.Entries;
using Remanso.Stores;

namespace Remanso.Hosting;

/// <summary>A declared cache with its types.</summary>
internal sealed class TypedCacheRegistration<TKey, TValue>(string name, CacheConfiguration<TKey, TValue> configuration)
    : CacheRegistration(name, configuration.Options)
    where TKey : notnull
{
    private readonly IKeyCodec<TKey> _keys = configuration.KeyCodec ?? KeyCodec.For<TKey>();
    private readonly IValueCodec<TValue> _values = configuration.ValueCodec ?? ValueCodec.For<TValue>();

    public override IBackingStore<string, ReadOnlyMemory<byte>>? CreateStore(IServiceProvider services) =>
        configuration.Store is { } create ? new TypedStore<TKey, TValue>(create(services), _keys, _values) : null;

    public override bool UsesDefaultStore => !configuration.WithoutStore;

    public override Func<string, ReadOnlyMemory<byte>, IReadOnlyList<string>?>? TagsOf =>
        configuration.Tags is { } tags ? (key, value) => tags(_keys.Decode(key), _values.Decode(value)) : null;

    public override object CreateCache(CacheRuntime runtime) => new Cache<TKey, TValue>(runtime, _keys, _values, configuration.Tags);
}

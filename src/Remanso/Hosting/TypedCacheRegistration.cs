using Microsoft.Extensions.DependencyInjection;
using Remanso.Entries;
using Remanso.Stores;

namespace Remanso.Hosting;

/// <summary>A declared cache with its types.</summary>
internal sealed class TypedCacheRegistration<TKey, TValue>(string name, CacheConfiguration<TKey, TValue> configuration)
    : CacheRegistration(name, configuration.Options)
    where TKey : notnull
{
    private readonly IKeyCodec<TKey> _keys = configuration.KeyCodec ?? KeyCodec.For<TKey>();
    private readonly IValueCodec<TValue> _values = Checked(name, configuration.ValueCodec ?? ValueCodec.For<TValue>());

    private IBackingStore<TKey, TValue>? _store;

    public override void Check()
    {
        if (_values is ICheckedCodec { Problem: { } problem })
        {
            throw new CacheConfigurationException($"The cache '{Name}' can't keep its values: {problem}");
        }
    }

    public override IBackingStore<string, ReadOnlyMemory<byte>>? CreateStore(IServiceProvider services) =>
        configuration.Store is not { } create ? null
        : configuration.Loader is not null
            ? throw new CacheConfigurationException($"The cache '{Name}' has a store and a loader of its own: one of them is enough.")
        : new TypedStore<TKey, TValue>(_store = create(services), _keys, _values);

    public override bool UsesDefaultStore => !configuration.WithoutStore;

    public override Func<string, ReadOnlyMemory<byte>, IReadOnlyList<string>?>? TagsOf =>
        configuration.Tags is { } tags ? (key, value) => Compute(tags, key, value) : null;

    public override object CreateCache(CacheRuntime runtime, IServiceProvider services) =>
        new Cache<TKey, TValue>(
            runtime,
            _keys,
            _values,
            configuration.Tags,
            configuration.Loader is { } load ? InScope(load, services) : null,
            _store is { } store ? store.WhyRefused : null
        );

    private IReadOnlyList<string>? Compute(Func<TKey, TValue, IReadOnlyList<string>?> tags, string key, ReadOnlyMemory<byte> value)
    {
        (TKey Key, TValue Value) decoded;
        try
        {
            decoded = (_keys.Decode(key), _values.Decode(value));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Whatever a codec throws, as for readers.
            throw new TagsUnknownException(exception);
        }

        return tags(decoded.Key, decoded.Value);
    }

    private static IValueCodec<TValue> Checked(string name, IValueCodec<TValue> codec) =>
        ContentType.IsValid(codec.ContentType)
            ? codec
            : throw new CacheConfigurationException(
                $"The ContentType of the ValueCodec of the cache '{name}' is none: 1 to {ContentType.MaxLength} characters "
                    + "of visible ASCII."
            );

    private static Func<LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>> InScope(
        Func<IServiceProvider, LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>> load,
        IServiceProvider services
    )
    {
        return (context, token) => Apart.IsNeeded ? LoadApartAsync(context, token) : LoadAsync(context, token);

        async ValueTask<TValue?> LoadAsync(LoadContext<TKey, TValue> context, CancellationToken token)
        {
            var scope = services.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
            {
                return await load(scope.ServiceProvider, context, token).ConfigureAwait(false);
            }
        }

        ValueTask<TValue?> LoadApartAsync(LoadContext<TKey, TValue> context, CancellationToken token) =>
            new(Apart.RunAsync(() => LoadAsync(context, token)));
    }
}

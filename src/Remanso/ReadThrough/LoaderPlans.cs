using Remanso.Entries;

namespace Remanso.ReadThrough;

/// <summary>Turns typed loaders into plans in tier form.</summary>
internal sealed class LoaderPlans<TKey, TValue>(
    IKeyCodec<TKey> keys,
    IValueCodec<TValue> values,
    Func<TKey, TValue, IReadOnlyList<string>?>? tagsOf,
    Tagging tagging
)
    where TKey : notnull
{
    /// <summary>The plan of a caller's loader that knows nothing but the key.</summary>
    public ReadPlan Plan(TKey key, Func<TKey, CancellationToken, ValueTask<TValue?>> loader) =>
        new() { Loader = async (_, token) => Loaded(key, await loader(key, token).ConfigureAwait(false), tags: null) };

    /// <summary>The plan of a loader that has a say in what is cached.</summary>
    /// <param name="key">The key.</param>
    /// <param name="loader">The loader.</param>
    /// <param name="options">The caller's options, which are valid.</param>
    /// <param name="isBounded">Whether it is the cache's own.</param>
    public ReadPlan Plan(
        TKey key,
        Func<LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>> loader,
        ReadOptions? options = null,
        bool isBounded = false
    ) =>
        new()
        {
            Loader = (previous, token) => LoadAsync(key, loader, options, previous, token),
            IsBounded = isBounded,
            Options = options,
        };

    /// <summary>One load of many keys by a caller's loader.</summary>
    public LoadMany<TKey, TValue> Many(Func<IReadOnlyList<TKey>, CancellationToken, ValueTask<IReadOnlyDictionary<TKey, TValue>>> loader) =>
        new(loader, keys, values, tagging);

    private async ValueTask<LoadedValue> LoadAsync(
        TKey key,
        Func<LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>> loader,
        ReadOptions? options,
        CacheEntry? previous,
        CancellationToken cancellationToken
    )
    {
        var context = new LoadContext<TKey, TValue>(key, previous is null ? null : Decode(previous), options);
        var value = await loader(context, cancellationToken).ConfigureAwait(false);
        var loaded =
            !context.IsNotModified ? Loaded(key, value, context.Tags)
            : context.Tags is null ? LoadedValue.From(previous!)
            : LoadedValue.From(previous!) with { Tags = tagging.Check(context.Tags) };
        return loaded with { Ttl = context.Ttl, Grace = context.Grace, IsPrivate = !context.IsCached };
    }

    private LoadedValue Loaded(TKey key, TValue? value, IReadOnlyList<string>? tags) =>
        value is null
            ? LoadedValue.FromLoader(default, null, tombstone: true)
            : LoadedValue.FromLoader(values.Encode(value), values.ContentType, tombstone: false) with
            {
                Tags = tagging.Check(tags ?? tagsOf?.Invoke(key, value)),
            };

    /// <summary>What the loader is told of the copy that is there; null where it is unreadable, as if there were none.</summary>
    private ReadResult<TValue>? Decode(CacheEntry entry)
    {
        if (entry.IsTombstone)
        {
            return new ReadResult<TValue>(entry, default, ReadSource.Tier);
        }

        try
        {
            return new ReadResult<TValue>(entry, values.Decode(entry.Value), ReadSource.Tier, ReadFlags.Found);
        }
        catch (Exception)
        {
            // The read that found it has counted and logged it.
            return null;
        }
    }
}

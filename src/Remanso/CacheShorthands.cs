using System.Diagnostics.CodeAnalysis;
using Remanso.Entries;

namespace Remanso;

/// <summary>Short forms, as they are known from other caches: each is one call of <see cref="ICache{TKey, TValue}"/>.</summary>
public static class CacheShorthands
{
    /// <summary><see cref="ICache{TKey, TValue}.GetOrLoadAsync(TKey, Func{TKey, CancellationToken, ValueTask{TValue}}, CancellationToken)"/>
    /// with a loader that returns a task; a method will do (<c>repository.FindAsync</c>).</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key.</param>
    /// <param name="loader">Loads the value; null means that the key is absent.</param>
    /// <param name="cancellationToken">Gives up waiting; the load goes on for the others.</param>
    public static ValueTask<ReadResult<TValue>> GetOrLoadAsync<TKey, TValue, TLoaded>(
        this ICache<TKey, TValue> cache,
        TKey key,
        Func<TKey, CancellationToken, Task<TLoaded>> loader,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull
        where TLoaded : TValue?
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(loader);
        return cache.GetOrLoadAsync(key, async (asked, token) => await loader(asked, token).ConfigureAwait(false), cancellationToken);
    }

    /// <summary>As the other overload, with what this read wants otherwise.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key.</param>
    /// <param name="loader">Loads the value; null means that the key is absent.</param>
    /// <param name="options">What this read wants otherwise than the cache's options say.</param>
    /// <param name="cancellationToken">Gives up waiting; the load goes on for the others.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static ValueTask<ReadResult<TValue>> GetOrLoadAsync<TKey, TValue, TLoaded>(
        this ICache<TKey, TValue> cache,
        TKey key,
        Func<TKey, CancellationToken, Task<TLoaded>> loader,
        ReadOptions options,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull
        where TLoaded : TValue?
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(loader);
        return cache.GetOrLoadAsync(
            key,
            async (LoadContext<TKey, TValue> context, CancellationToken token) => await loader(context.Key, token).ConfigureAwait(false),
            options,
            cancellationToken
        );
    }

    /// <summary>Writes one key with a TTL of its own (<see cref="WriteOptions.Ttl"/>): after it the value is loaded
    /// again. In a cache with a store the row stays; for data that ends, see
    /// <see cref="WriteOptions.Lifetime"/>.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="ttl">The TTL, before jitter; above 0, at most 10 years.</param>
    /// <param name="cancellationToken">Gives up waiting; the write may be accepted nevertheless.</param>
    /// <exception cref="ArgumentOutOfRangeException">The TTL is outside its range.</exception>
    public static ValueTask<WriteReceipt> SetAsync<TKey, TValue>(
        this ICache<TKey, TValue> cache,
        TKey key,
        TValue value,
        TimeSpan ttl,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(cache);
        return cache.SetAsync(key, value, new WriteOptions { Ttl = ttl }, cancellationToken);
    }

    /// <summary><see cref="ICache{TKey, TValue}.InvalidateAsync"/> for one key.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static ValueTask InvalidateAsync<TKey, TValue>(
        this ICache<TKey, TValue> cache,
        TKey key,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(cache);
        return cache.InvalidateAsync([key], cancellationToken);
    }

    /// <summary><see cref="ICache{TKey, TValue}.ExpireAsync"/> for one key.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static ValueTask ExpireAsync<TKey, TValue>(
        this ICache<TKey, TValue> cache,
        TKey key,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(cache);
        return cache.ExpireAsync([key], cancellationToken);
    }

    /// <summary>Applies a JSON merge patch (RFC 7396) made of an object, such as <c>new { Name = "Ann", Phone =
    /// (string?)null }</c>: written by the JSON options of the cache's values; of values that are rows of a table its
    /// members are those of the value's type, and their converters hold. A null removes the member.</summary>
    /// <param name="cache">The cache; its values are stored as JSON.</param>
    /// <param name="key">The key; an absent one counts as an empty object.</param>
    /// <param name="patch">The patch.</param>
    /// <param name="options">As for any merge.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="InvalidMergeException">No value of the cache could come of it; nothing was written.</exception>
    /// <exception cref="NotJsonException">The value is no JSON; nothing was written.</exception>
    /// <exception cref="ValueTooLargeException">The value would be larger than the cache's limit; nothing was written.</exception>
    [RequiresUnreferencedCode(IPatchWriter.Reflects)]
    [RequiresDynamicCode(IPatchWriter.Reflects)]
    public static ValueTask<WriteReceipt> PatchAsync<TKey, TValue>(
        this ICache<TKey, TValue> cache,
        TKey key,
        object patch,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(patch);
        var json = cache is IPatchWriter writer ? writer.WritePatch(patch) : JsonTypes.WritePatch(patch, JsonTypes.Web);
        return cache.PatchAsync(key, json, options, cancellationToken);
    }
}

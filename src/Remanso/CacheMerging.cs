namespace Remanso;

/// <summary>The merges by name: each is <see cref="ICache{TKey, TValue}.MergeAsync"/>, with its options and its errors.</summary>
public static class CacheMerging
{
    /// <summary>Adds to a counter. Concurrent increments, of any process, add up exactly.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key; an absent one counts as 0.</param>
    /// <param name="by">What to add; negative to subtract.</param>
    /// <param name="options">As for any merge.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The sum, and the receipt.</returns>
    /// <exception cref="NotANumberException">The value is no whole number of 64 bits; nothing was written.</exception>
    /// <exception cref="CounterOverflowException">The sum exceeds 64 bits, or the range of the cache's type; nothing was
    /// written.</exception>
    public static ValueTask<CounterReceipt> IncrementAsync<TKey, TValue>(
        this ICache<TKey, TValue> cache,
        TKey key,
        long by = 1,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull => CountAsync(cache, key, Merge.Add(by), options, cancellationToken);

    /// <summary>Keeps the higher one of the number that is there and this one: a high-water mark, a best score.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key; an absent one gets the number.</param>
    /// <param name="number">The number.</param>
    /// <param name="options">As for any merge.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The number that is there now, and the receipt.</returns>
    /// <exception cref="NotANumberException">The value is no whole number of 64 bits; nothing was written.</exception>
    /// <exception cref="CounterOverflowException">It would be outside the range of the cache's type; nothing was
    /// written.</exception>
    /// <exception cref="InvalidMergeException">Whatever is there, it would be outside that range.</exception>
    public static ValueTask<CounterReceipt> MaxAsync<TKey, TValue>(
        this ICache<TKey, TValue> cache,
        TKey key,
        long number,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull => CountAsync(cache, key, Merge.Max(number), options, cancellationToken);

    /// <summary>Keeps the lower one of the number that is there and this one.</summary>
    /// <inheritdoc cref="MaxAsync"/>
    public static ValueTask<CounterReceipt> MinAsync<TKey, TValue>(
        this ICache<TKey, TValue> cache,
        TKey key,
        long number,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull => CountAsync(cache, key, Merge.Min(number), options, cancellationToken);

    /// <summary>Appends an element to a JSON array: the last readings of a sensor, the latest items of a feed.</summary>
    /// <param name="cache">The cache; its values are stored as JSON.</param>
    /// <param name="key">The key; an absent one gets an array of the element.</param>
    /// <param name="element">The element, one JSON value in UTF-8.</param>
    /// <param name="cap">How many elements the array keeps at most, the last ones: 1 to <see cref="Merge.MaxCap"/>.
    /// Null for as many as the value has room for.</param>
    /// <param name="options">As for any merge.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="InvalidMergeException">The element is no JSON.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The cap is out of its range.</exception>
    /// <exception cref="NotJsonException">The value is no JSON array; nothing was written.</exception>
    /// <exception cref="ValueTooLargeException">The array would be larger than the cache's limit; nothing was written.</exception>
    public static ValueTask<WriteReceipt> AppendAsync<TKey, TValue>(
        this ICache<TKey, TValue> cache,
        TKey key,
        ReadOnlyMemory<byte> element,
        int? cap = null,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull => WriteAsync(cache, key, Merge.Append(element, cap), options, cancellationToken);

    /// <inheritdoc cref="AppendAsync{TKey, TValue}(ICache{TKey, TValue}, TKey, ReadOnlyMemory{byte}, int?, WriteOptions?, CancellationToken)"/>
    public static ValueTask<WriteReceipt> AppendAsync<TKey, TValue>(
        this ICache<TKey, TValue> cache,
        TKey key,
        string element,
        int? cap = null,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull => WriteAsync(cache, key, Merge.Append(element, cap), options, cancellationToken);

    /// <summary>Applies a JSON merge patch (RFC 7396): fields change, the rest of the value is not sent.</summary>
    /// <param name="cache">The cache; its values are stored as JSON.</param>
    /// <param name="key">The key; an absent one counts as an empty object.</param>
    /// <param name="patch">The patch, one JSON value in UTF-8.</param>
    /// <param name="options">As for any merge.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="InvalidMergeException">The patch is no JSON.</exception>
    /// <exception cref="NotJsonException">The value is no JSON; nothing was written.</exception>
    /// <exception cref="ValueTooLargeException">The value would be larger than the cache's limit; nothing was written.</exception>
    public static ValueTask<WriteReceipt> PatchAsync<TKey, TValue>(
        this ICache<TKey, TValue> cache,
        TKey key,
        ReadOnlyMemory<byte> patch,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull => WriteAsync(cache, key, Merge.Patch(patch), options, cancellationToken);

    /// <inheritdoc cref="PatchAsync{TKey, TValue}(ICache{TKey, TValue}, TKey, ReadOnlyMemory{byte}, WriteOptions?, CancellationToken)"/>
    public static ValueTask<WriteReceipt> PatchAsync<TKey, TValue>(
        this ICache<TKey, TValue> cache,
        TKey key,
        string patch,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull => WriteAsync(cache, key, Merge.Patch(patch), options, cancellationToken);

    private static async ValueTask<CounterReceipt> CountAsync<TKey, TValue>(
        ICache<TKey, TValue> cache,
        TKey key,
        Merge merge,
        WriteOptions? options,
        CancellationToken cancellationToken
    )
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(cache);
        var (number, receipt) = await cache.MergeAsync(key, merge, options, cancellationToken).ConfigureAwait(false);
        return new CounterReceipt(number, receipt);
    }

    private static async ValueTask<WriteReceipt> WriteAsync<TKey, TValue>(
        ICache<TKey, TValue> cache,
        TKey key,
        Merge merge,
        WriteOptions? options,
        CancellationToken cancellationToken
    )
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(cache);
        return (await cache.MergeAsync(key, merge, options, cancellationToken).ConfigureAwait(false)).Receipt;
    }
}

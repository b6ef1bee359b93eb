using System.Runtime.ExceptionServices;
using Remanso.Stores;

namespace Remanso;

/// <summary>Warms a cache up: brings keys into the tier, and into the near cache where there is one, before anybody
/// asks for them.</summary>
/// <remarks>
/// <para>Keys come from wherever the application has them: a list, or a query of its own as
/// <see cref="IAsyncEnumerable{T}"/>. Values are loaded by the cache itself, under fill leases: what a query of the
/// caller's own read could be older than a write that came meanwhile.</para>
/// <para>One batch is under way at a time, so a preload takes one of the bulkhead's places
/// (<see cref="LoadOptions.MaxConcurrent"/>) and leaves the others to readers; keys that these are loading,
/// or another process, are not loaded twice. The source is read batch by batch, no further ahead.</para>
/// </remarks>
public static class CachePreloading
{
    /// <summary>The number of keys in one batch unless told otherwise.</summary>
    public const int DefaultBatchSize = 1000;

    // Where this many fail one after the other it is no single row, but the store.
    private const int MostFailures = 64;

    /// <summary>Brings keys into the cache.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="keys">The keys, in any order.</param>
    /// <param name="progress">Hears the sums after each batch.</param>
    /// <param name="batchSize">Keys looked up together; 1 to 10,000.</param>
    /// <param name="cancellationToken">Ends it between two batches, or within one; what was brought stays.</param>
    /// <returns>The sums at the end.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is out of range.</exception>
    /// <exception cref="InvalidKeyException">A key is no valid key; earlier batches are done.</exception>
    /// <remarks>What the store, the tier or the source throws ends the preload; to call it again is harmless and cheap
    /// for what is there. A row that can't be read is counted and ends nothing; 64 and more in a row do.</remarks>
    public static async ValueTask<PreloadProgress> PreloadAsync<TKey, TValue>(
        this ICache<TKey, TValue> cache,
        IAsyncEnumerable<TKey> keys,
        IProgress<PreloadProgress>? progress = null,
        int batchSize = DefaultBatchSize,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(batchSize, 10_000);
        var sums = default(PreloadProgress);
        var failed = 0;
        await foreach (var batch in keys.Chunk(batchSize).WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            IReadOnlyDictionary<TKey, ReadResult<TValue>> results;
            try
            {
                results = await cache.GetManyAsync(batch, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (IsKeysOwn(exception))
            {
                // Nothing of the batch can be read.
                var unread = batch.Distinct().Count();
                failed += unread;
                if (failed >= MostFailures)
                {
                    throw;
                }

                sums = sums with { Keys = sums.Keys + unread, Failed = sums.Failed + unread };
                progress?.Report(sums);
                continue;
            }

            failed = 0;
            if (results.Values.FirstOrDefault(static read => read.Error is not null && !IsKeysOwn(read.Error)).Error is { } error)
            {
                ExceptionDispatchInfo.Throw(error);
            }

            sums = new PreloadProgress(
                sums.Keys + results.Count,
                sums.Found + results.Values.Count(static read => (read.Flags & ReadFlags.Found) != 0),
                sums.Loaded + results.Values.Count(static read => read.Source == ReadSource.Store),
                sums.Failed + results.Values.Count(static read => read.Error is not null)
            );
            progress?.Report(sums);
        }

        return sums;
    }

    /// <inheritdoc cref="PreloadAsync{TKey, TValue}(ICache{TKey, TValue}, IAsyncEnumerable{TKey}, IProgress{PreloadProgress}?, int, CancellationToken)"/>
    public static ValueTask<PreloadProgress> PreloadAsync<TKey, TValue>(
        this ICache<TKey, TValue> cache,
        IEnumerable<TKey> keys,
        IProgress<PreloadProgress>? progress = null,
        int batchSize = DefaultBatchSize,
        CancellationToken cancellationToken = default
    )
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(keys);
        return cache.PreloadAsync(keys.ToAsyncEnumerable(), progress, batchSize, cancellationToken);
    }

    // Whatever a store or a converter of the application throws at one row.
    private static bool IsKeysOwn(Exception error) =>
        error
            is not (
                TierUnavailableException
                or CacheStoppedException
                or RecursiveLoadException
                or InvalidKeyException
                or OperationCanceledException
            )
        && !StoreErrors.IsTransient(error);
}

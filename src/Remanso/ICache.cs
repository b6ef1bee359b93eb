using System.Runtime.CompilerServices;
using Remanso.Entries;

namespace Remanso;

/// <summary>
/// A named cache in front of a SQL table, in both directions: the whole contract of a caller.
/// </summary>
/// <remarks>
/// <para>A read asks the tier, then the backing store, with one load per key however many callers miss it. A write is
/// accepted by the tier, which issues its version, and reaches the store with the next flush; of several writes of one
/// key the highest version wins.</para>
/// <para>All members may be called concurrently. Cancelling a call gives up waiting: it harms no other caller, and a
/// write that was on its way may still be accepted.</para>
/// <para>Errors common to all members: <see cref="InvalidKeyException"/>; <see cref="TierUnavailableException"/>;
/// for loads, what the store threw.</para>
/// </remarks>
/// <typeparam name="TKey">The key: a string, Guid, integer, or any type with an <see cref="IKeyCodec{TKey}"/>.</typeparam>
/// <typeparam name="TValue">The value: bytes and strings are kept as they are, other types pass through an
/// <see cref="IValueCodec{TValue}"/> (JSON unless set).</typeparam>
public interface ICache<TKey, TValue>
    where TKey : notnull
{
    /// <summary>The cache's name.</summary>
    string Name { get; }

    /// <summary>What an operator does with it: flush, dead letters, statistics.</summary>
    ICacheOperations<TKey, TValue> Operations { get; }

    /// <summary>Reads one key: from the tier, else from the backing store (read-through), or by the cache's own loader.</summary>
    ValueTask<ReadResult<TValue>> GetAsync(TKey key, CancellationToken cancellationToken = default);

    /// <summary>Reads one key from where it is told.</summary>
    ValueTask<ReadResult<TValue>> GetAsync(TKey key, ReadFrom from, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="GetAsync(TKey, CancellationToken)"/>, with what this read wants otherwise than the
    /// cache's options say.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    /// <exception cref="TimeoutException">The caller's own limit (<see cref="ReadOptions.Timeout"/>) is over.</exception>
    ValueTask<ReadResult<TValue>> GetAsync(TKey key, ReadOptions options, CancellationToken cancellationToken = default);

    /// <summary>Reads many keys: one look into the tier, one load of what it misses, shared with every other caller. A
    /// key that can't be read has its <see cref="ReadResult{TValue}.Error"/>, and the others have their values; where
    /// none can be read, the error is thrown.</summary>
    /// <returns>A result for each distinct key.</returns>
    ValueTask<IReadOnlyDictionary<TKey, ReadResult<TValue>>> GetManyAsync(
        IReadOnlyCollection<TKey> keys,
        CancellationToken cancellationToken = default
    );

    /// <summary>Reads one key from the tier, else by the caller's own loader (cache-aside), once however many callers
    /// miss it. The loaded value goes into the tier as a clean entry with a TTL; the backing store is neither read nor
    /// written.</summary>
    /// <param name="key">The key.</param>
    /// <param name="loader">Loads the value; null means that the key is absent (which is cached, too, with the shorter
    /// TTL). Its token is cancelled when the last caller has left.</param>
    /// <param name="cancellationToken">Gives up waiting; the load goes on for the others.</param>
    /// <exception cref="RecursiveLoadException">The loader asked for its own key.</exception>
    ValueTask<ReadResult<TValue>> GetOrLoadAsync(
        TKey key,
        Func<TKey, CancellationToken, ValueTask<TValue?>> loader,
        CancellationToken cancellationToken = default
    );

    /// <summary>As
    /// <see cref="GetOrLoadAsync(TKey, Func{TKey, CancellationToken, ValueTask{TValue}}, CancellationToken)"/>, with a
    /// loader that is told what the cache holds, and says how long the value is good, that the old one still is, or
    /// that it is not to be cached.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="loader">Loads the value; null means that the key is absent. It runs in the background, without the
    /// caller's execution context, only where that is asked for (<see cref="ReadOptions.InBackground"/>).</param>
    /// <param name="options">What this read wants otherwise than the cache's options say.</param>
    /// <param name="cancellationToken">Gives up waiting; the load goes on for the others.</param>
    /// <exception cref="RecursiveLoadException">The loader asked for its own key.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    [OverloadResolutionPriority(-1)]
    ValueTask<ReadResult<TValue>> GetOrLoadAsync(
        TKey key,
        Func<LoadContext<TKey, TValue>, CancellationToken, ValueTask<TValue?>> loader,
        ReadOptions? options = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Reads many keys from the tier, and what it misses by one call of the caller's own loader. Keys that
    /// are being loaded already are waited for instead; single reads that come meanwhile join.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="loader">Loads the given keys, each once; those missing in its answer are absent. Its token is
    /// cancelled when nobody waits for any of them.</param>
    /// <param name="cancellationToken">Gives up waiting; the load goes on for the others.</param>
    /// <returns>A result for each distinct key. One that can't be read has an <see cref="ReadResult{TValue}.Error"/>,
    /// beside the others' values; where none can, the call throws.</returns>
    /// <exception cref="RecursiveLoadException">The loader asked for a key of its own.</exception>
    ValueTask<IReadOnlyDictionary<TKey, ReadResult<TValue>>> GetOrLoadManyAsync(
        IReadOnlyCollection<TKey> keys,
        Func<IReadOnlyList<TKey>, CancellationToken, ValueTask<IReadOnlyDictionary<TKey, TValue>>> loader,
        CancellationToken cancellationToken = default
    );

    /// <summary>Writes one key.</summary>
    /// <exception cref="VersionConflictException">The condition in the options was not met.</exception>
    /// <exception cref="BackPressureException">A limit of the cache is reached; nothing was written.</exception>
    /// <exception cref="IdempotencyExhaustedException">As many writes with an idempotency key are remembered as may be;
    /// nothing was written.</exception>
    /// <exception cref="InvalidContentTypeException">The content type is none; nothing was written.</exception>
    /// <exception cref="ValueTooLargeException">The value is larger than the cache's limit.</exception>
    /// <exception cref="DurabilityNotReachedException">The level asked for was not reached in time; the write is accepted.</exception>
    /// <exception cref="DurabilityUnavailableException">The level asked for can't be had; nothing was written.</exception>
    /// <exception cref="IdempotencyConflictException">Another write of the key has had the idempotency key; nothing was
    /// written.</exception>
    /// <exception cref="TimeoutException">The condition needs the row, and its load by another process did not end in
    /// time; nothing was written.</exception>
    ValueTask<WriteReceipt> SetAsync(TKey key, TValue value, WriteOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Writes many keys; each stands for itself (no transaction). A key that occurs twice is written twice, in order.</summary>
    /// <returns>The outcome of each write, at its index: one that is refused, or fails, does not hinder the others.</returns>
    /// <exception cref="TierUnavailableException">The tier can't be reached for any of them. Where some of its servers can,
    /// the error is the outcome of what lies on the others.</exception>
    ValueTask<IReadOnlyList<WriteOutcome>> SetManyAsync(
        IReadOnlyList<KeyValuePair<TKey, TValue>> entries,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Deletes one key: a write of a tombstone, with the errors of <see cref="SetAsync"/>.</summary>
    ValueTask<WriteReceipt> RemoveAsync(TKey key, WriteOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Computes a key's value from the one that is there, and writes it if nobody wrote the key meanwhile;
    /// else reads and computes again. Nothing is held while the function runs.</summary>
    /// <param name="key">The key.</param>
    /// <param name="update">Gets the value (the type's default where the key is absent), returns the new one. It
    /// <b>may run several times</b>, so it must do nothing but compute.</param>
    /// <param name="options">As for <see cref="SetAsync"/>, without a condition or an idempotency key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UpdateContentionException">Others wrote the key during each of
    /// <see cref="CacheOptions.UpdateAttempts"/> attempts; nothing was written.</exception>
    /// <exception cref="ArgumentException">The options have a condition or an idempotency key.</exception>
    ValueTask<UpdateResult<TValue>> UpdateAsync(
        TKey key,
        Func<TValue?, TValue> update,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>As <see cref="UpdateAsync(TKey, Func{TValue, TValue}, WriteOptions, CancellationToken)"/>, with a
    /// function that sees the whole read, may wait, and may delete the key or leave it as it is.</summary>
    /// <exception cref="UpdateContentionException">Others wrote the key during each of
    /// <see cref="CacheOptions.UpdateAttempts"/> attempts; nothing was written.</exception>
    /// <exception cref="ArgumentException">The options have a condition or an idempotency key.</exception>
    ValueTask<UpdateResult<TValue>> UpdateAsync(
        TKey key,
        Func<ReadResult<TValue>, CancellationToken, ValueTask<Update<TValue>>> update,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Writes what a merge makes of the value that is there: the tier reads, computes and writes in one step;
    /// what it does not hold is loaded first. Concurrent merges, of any process, all take effect, and like all writes
    /// they reach the store coalesced. <see cref="CacheMerging"/> has each kind under its name.</summary>
    /// <param name="key">The key; an absent one counts as 0, as an empty array or as an empty object.</param>
    /// <param name="merge">The merge. It works on the value as it is stored: one of numbers on decimal text, so the
    /// cache's values are strings, bytes, or a number type whose codec writes it so (JSON does); one of JSON on JSON
    /// text. What could leave no value of the cache's type is refused, as far as the merge alone tells; numbers stay
    /// within the range of the type.</param>
    /// <param name="options">As for <see cref="SetAsync"/>; a condition is checked in the same step.
    /// <see cref="WriteOptions.Lifetime"/>, <see cref="WriteOptions.Tags"/> and <see cref="WriteOptions.ContentType"/>
    /// are those of a value that this call makes: one that is there keeps its own, the end of its lifetime too.
    /// </param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The number, or the bytes of JSON, that it left, and the receipt. What leaves the value as it was writes
    /// nothing, and returns the version that was there.</returns>
    /// <exception cref="NotANumberException">The value is no whole number of 64 bits; nothing was written.</exception>
    /// <exception cref="CounterOverflowException">The number would exceed 64 bits, or the range of the cache's type;
    /// nothing was written.</exception>
    /// <exception cref="InvalidMergeException">No value of the cache's type could come of it; nothing was written.</exception>
    /// <exception cref="NotJsonException">The value is no JSON, or no array to append to; nothing was written.</exception>
    /// <exception cref="ValueTooLargeException">The merge, or what it would leave, is larger than the cache's limit, or
    /// JSON than <see cref="Merge.MaxJsonBytes"/>; nothing was written.</exception>
    /// <exception cref="VersionConflictException">The condition in the options was not met.</exception>
    /// <exception cref="TimeoutException">The value has to be loaded, and its load by another process did not end in
    /// time; nothing was written.</exception>
    ValueTask<MergeReceipt> MergeAsync(TKey key, Merge merge, WriteOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Waits until a write that has returned is more durable than its receipt tells. Any process that shares
    /// the tier may ask, at any time later.</summary>
    /// <param name="key">The key that was written.</param>
    /// <param name="receipt">What the write returned. One made of a version alone, with <see cref="Durability.Accepted"/>, will do.</param>
    /// <param name="level">The level to wait for. A version superseded by a higher one has the levels of that one.</param>
    /// <param name="atMost">How long at most; the cache's own limit for the level where null
    /// (<c>Flush:StoredTimeout</c>, <c>Tier:DurabilityTimeout</c>). More than 24 days are 24 days.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The receipt with the level that was reached: the one asked for, or a higher one.</returns>
    /// <exception cref="DurabilityNotReachedException">Not in time; or never: the store refused it for good, or it was lost.</exception>
    /// <exception cref="DurabilityUnavailableException">The level can't be had.</exception>
    ValueTask<WriteReceipt> WaitAsync(
        TKey key,
        WriteReceipt receipt,
        Durability level,
        TimeSpan? atMost = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Drops the clean copies of keys, so that the next read loads them again; loads under way can't fill any
    /// more. What is dirty stays.</summary>
    ValueTask InvalidateAsync(IReadOnlyCollection<TKey> keys, CancellationToken cancellationToken = default);

    /// <summary>Ends the TTL of the clean copies of keys: the next read loads, and where that fails the copy is served
    /// for what is left of its grace period. Loads under way can't fill any more. What is dirty stays, and is past its
    /// TTL once it is stored; what has no grace period is dropped, as by <see cref="InvalidateAsync"/>.</summary>
    ValueTask ExpireAsync(IReadOnlyCollection<TKey> keys, CancellationToken cancellationToken = default);

    /// <summary>Drops every clean copy.</summary>
    ValueTask InvalidateAllAsync(CancellationToken cancellationToken = default);

    /// <summary><see cref="ExpireAsync"/> for every key.</summary>
    ValueTask ExpireAllAsync(CancellationToken cancellationToken = default);

    /// <summary><see cref="RemoveByTagAsync(IReadOnlyCollection{string}, CancellationToken)"/> for one tag.</summary>
    /// <exception cref="InvalidTagException">It is no valid tag.</exception>
    ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default);

    /// <summary>Drops the clean copies of all entries that carry at least one of the tags, on every node, at a cost
    /// that does not depend on their number. Loads and refreshes that are under way can't fill what carries one of them
    /// any more. What is dirty stays until it is stored; entries written afterwards live. In a cache without a backing
    /// store, written entries are dropped as well.</summary>
    /// <exception cref="InvalidTagException">One of them is no valid tag.</exception>
    ValueTask RemoveByTagAsync(IReadOnlyCollection<string> tags, CancellationToken cancellationToken = default);

    /// <summary><see cref="ExpireByTagAsync(IReadOnlyCollection{string}, CancellationToken)"/> for one tag.</summary>
    /// <exception cref="InvalidTagException">It is no valid tag.</exception>
    ValueTask ExpireByTagAsync(string tag, CancellationToken cancellationToken = default);

    /// <summary><see cref="ExpireAsync"/> for all entries that carry at least one of the tags, on every node, at a
    /// cost that does not depend on their number. Loads and refreshes that are under way can't fill what carries one of
    /// them any more; entries written afterwards are not concerned.</summary>
    /// <exception cref="InvalidTagException">One of them is no valid tag.</exception>
    ValueTask ExpireByTagAsync(IReadOnlyCollection<string> tags, CancellationToken cancellationToken = default);

    /// <summary>Tells of changes as they are accepted, by any process that shares the tier: each at least once, those
    /// of a key in the order of their versions (a write that a later one overtook on the way may be left out). Nothing
    /// is missed in silence: where changes may be missing there is a <see cref="CacheChangeKind.Gap"/>, first at the
    /// beginning. Read what you hold after each gap, and you see every later change.</summary>
    /// <param name="options">Which changes; all where null.</param>
    /// <param name="cancellationToken">Ends the watch with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>Changes until the caller leaves, or the cache stops: then it ends.</returns>
    /// <exception cref="ArgumentException">Options contradict each other, or one is outside its range.</exception>
    /// <remarks>What it costs others does not depend on how many watch. A watcher that is slower than the changes is
    /// told of a gap (<see cref="WatchOptions{TKey}.Buffer"/>). Rows that others change in the store are heard of when
    /// the cache is told (<see cref="InvalidateAsync"/>), or meets them.</remarks>
    /// <example>
    /// <code>
    /// await foreach (var change in cache.WatchAsync(new() { Prefix = "price:", WithValues = true }, stop))
    ///     Console.WriteLine($"{change.Kind} {change.Key} {change.Read?.Value}");
    /// </code>
    /// </example>
    IAsyncEnumerable<CacheChange<TKey, TValue>> WatchAsync(
        WatchOptions<TKey>? options = null,
        CancellationToken cancellationToken = default
    );
}

namespace Remanso;

/// <summary>What an operator does with a cache, and tests do: flush now, look at what the store refused, read the counts.
/// See <see cref="ICache{TKey, TValue}.Operations"/>.</summary>
/// <remarks>All members may be called concurrently, and fail with <see cref="TierUnavailableException"/> where the
/// tier can't be reached.</remarks>
/// <typeparam name="TKey">The cache's key.</typeparam>
/// <typeparam name="TValue">The cache's value.</typeparam>
public interface ICacheOperations<TKey, TValue>
    where TKey : notnull
{
    /// <summary>Flushes until everything that was dirty at the time of the call is stored or failed, or it
    /// gets no further: the store takes nothing, or no other worker does (<see cref="FlushReport.Left"/>).</summary>
    /// <param name="cancellationToken">Gives up waiting; the pass that is under way goes on.</param>
    /// <returns>What was stored, what failed, key by key, and how much is left.</returns>
    ValueTask<FlushReport> FlushAsync(CancellationToken cancellationToken = default);

    /// <summary>The entries that the backing store refused for good, oldest first, at most <paramref name="max"/>.</summary>
    ValueTask<IReadOnlyList<DeadLetter>> GetDeadLettersAsync(int max = 100, CancellationToken cancellationToken = default);

    /// <summary>Those of the dead letters that a filter takes, oldest first, at most <paramref name="max"/>.</summary>
    ValueTask<IReadOnlyList<DeadLetter>> GetDeadLettersAsync(
        DeadLetterFilter filter,
        int max = 100,
        CancellationToken cancellationToken = default
    );

    /// <summary>Queues all dead letters again that a filter takes.</summary>
    /// <returns>How many.</returns>
    ValueTask<int> ReplayDeadLettersAsync(DeadLetterFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Gives all dead letters up that a filter takes.</summary>
    /// <returns>How many.</returns>
    ValueTask<int> DropDeadLettersAsync(DeadLetterFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Queues dead letters again with their keys' current values.</summary>
    /// <returns>How many.</returns>
    ValueTask<int> ReplayDeadLettersAsync(IReadOnlyCollection<TKey> keys, CancellationToken cancellationToken = default);

    /// <summary>Puts a corrected value in the place of a dead letter's, and queues it. It is a write that happens only
    /// while the key is still that dead letter, so a newer write wins. Media type, tags and the end of the lifetime
    /// stay, as far as the options or the cache's own functions say nothing else. In a cache that keeps every version
    /// (<see cref="WriteMode.EveryVersion"/>) it is one more version behind the refused one, which is tried again
    /// first.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The corrected value.</param>
    /// <param name="options">How it is written; a <see cref="WriteOptions.Condition"/> on the version refuses any other
    /// dead letter of the key than the one looked at.</param>
    /// <param name="cancellationToken">Gives up waiting; it may be accepted nevertheless.</param>
    /// <returns>The receipt; null where the key is no dead letter, or no longer one.</returns>
    /// <exception cref="VersionConflictException">The dead letter does not meet the condition.</exception>
    /// <exception cref="ValueTooLargeException">The value is larger than the cache allows.</exception>
    ValueTask<WriteReceipt?> EditDeadLetterAsync(
        TKey key,
        TValue value,
        WriteOptions? options = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Gives dead letters up: their keys are loaded from the store again.</summary>
    /// <returns>How many.</returns>
    ValueTask<int> DropDeadLettersAsync(IReadOnlyCollection<TKey> keys, CancellationToken cancellationToken = default);

    /// <summary>Counts since the process started, and what is dirty now.</summary>
    ValueTask<CacheStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default);
}

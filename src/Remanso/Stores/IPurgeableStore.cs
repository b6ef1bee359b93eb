namespace Remanso.Stores;

/// <summary>What a backing store implements beside <see cref="IBackingStore{TKey, TValue}"/> if it keeps rows that are
/// gone (tombstones, and rows past their lifetime), and can remove them.</summary>
public interface IPurgeableStore
{
    /// <summary>The store's own clock: nothing is removed that is not gone by it, too.</summary>
    /// <returns>Microseconds since 1970; <see cref="long.MaxValue"/> where the store has none but this machine's.</returns>
    /// <exception cref="StoreException">The store failed.</exception>
    ValueTask<long> GetTimeAsync(CancellationToken cancellationToken) => new(long.MaxValue);

    /// <summary>Removes rows that have been deleted, or past their lifetime, since <paramref name="before"/>, and that
    /// were not written since then either; which of them, where there are more, is the store's choice. Each row's
    /// condition holds in the very statement that removes it, so that a row written meanwhile stays.</summary>
    /// <param name="before">Microseconds since 1970, by the clock that the store notes times of writing with.</param>
    /// <param name="max">How many rows at most, above zero: one short transaction.</param>
    /// <param name="cancellationToken">Gives up; the rows may be removed nevertheless.</param>
    /// <returns>How many rows were removed; as many as <paramref name="max"/>: there may be more.</returns>
    /// <exception cref="StoreException">The store failed.</exception>
    ValueTask<int> PurgeAsync(long before, int max, CancellationToken cancellationToken);

    /// <summary>As <see cref="PurgeAsync(long, int, CancellationToken)"/>, without the rows of some keys: those of dead
    /// letters, which a tombstone may still have to beat. A store that can't leave rows out removes nothing while there
    /// are any, which is what happens unless it says otherwise.</summary>
    /// <param name="before">Microseconds since 1970, by the clock that the store notes times of writing with.</param>
    /// <param name="max">How many rows at most, above zero.</param>
    /// <param name="spared">The keys whose rows stay, as the tier has them: distinct, thousands at most.</param>
    /// <param name="cancellationToken">Gives up; the rows may be removed nevertheless.</param>
    /// <returns>How many rows were removed; as many as <paramref name="max"/>: there may be more.</returns>
    /// <exception cref="StoreException">The store failed.</exception>
    ValueTask<int> PurgeAsync(long before, int max, IReadOnlyCollection<string> spared, CancellationToken cancellationToken) =>
        spared.Count == 0 ? PurgeAsync(before, max, cancellationToken) : new(0);
}

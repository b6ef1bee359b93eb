namespace Remanso.Stores;

/// <summary>What a store implements that can tell the history it keeps (<see cref="IHistoryStore.WithHistory"/>).</summary>
internal interface IHistoryReader
{
    /// <summary>The last versions of a key, the newest first.</summary>
    /// <param name="key">The key.</param>
    /// <param name="max">How many at most, above 0.</param>
    /// <param name="maxBytes">The largest value that is read; of larger ones only the size.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreException">The store failed.</exception>
    ValueTask<IReadOnlyList<HistoryVersion>> ReadHistoryAsync(string key, int max, int maxBytes, CancellationToken cancellationToken);
}

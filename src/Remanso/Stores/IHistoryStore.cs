namespace Remanso.Stores;

/// <summary>What a backing store implements beside <see cref="IBackingStore{TKey, TValue}"/> if it can keep every
/// version of a key (<see cref="WriteMode.EveryVersion"/>).</summary>
internal interface IHistoryStore
{
    /// <summary>Makes the same store with a history beside it, which its
    /// <see cref="IBackingStore{TKey, TValue}.InitializeAsync"/> creates. Its saves append each write and its
    /// <see cref="StoreWrite{TKey, TValue}.Earlier"/> versions to the history, in the transaction that saves the row: a
    /// version once, whatever is repeated, and whether or not the guard leaves the row alone. Only a write past the
    /// tier (its fencing token is 0) that the guard refused leaves no trace: nobody accepted it.
    /// </summary>
    IBackingStore<string, ReadOnlyMemory<byte>> WithHistory();
}

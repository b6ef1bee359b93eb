namespace Remanso.Stores;

/// <summary>
/// The SQL system of record behind one cache, many keys at a time.
/// </summary>
/// <remarks>
/// <para><b>The promise of the caller</b>: a batch never holds a key twice, and its keys are sorted by their tier form
/// (ordinal UTF-16), so that two workers lock rows in the same order; a worker has a key in one batch at a time.
/// Versions of one key arrive in ascending order, except for repetitions and late arrivals of lower versions, which do
/// happen: after a crash, a lost reply, a statement that was given up and took effect nevertheless, or from a worker
/// that slept through the loss of its lease.</para>
/// <para><b>The promise of the store</b>: the guard. A row changes only if its version is lower than the write's,
/// atomically. A store that can't guard by version may guard by the fencing token instead: it keeps with each row the
/// token of its last write and refuses lower ones. That holds back workers that lost their lease, but not a late
/// statement of the one that has it. Tokens belong to the partition of a key: they compare between writes of one key.
/// They grow with every change of holder, and are never below the tier's clock (microseconds since 1970), whatever the
/// tier loses. Writes past a tier that is down carry 0, so such a store can't be written through.</para>
/// <para><b>Errors</b>: throw <see cref="StoreException"/> to say whether trying again can help. Any other exception
/// counts as transient if it is a <see cref="TimeoutException"/>, an <see cref="IOException"/>, a transient
/// <see cref="System.Data.Common.DbException"/>, a socket error, an <see cref="HttpRequestException"/> without a status
/// or with 408, 429 or 5xx, or an <see cref="OperationCanceledException"/>, and as permanent otherwise. A batch either
/// takes effect as a whole or throws.</para>
/// <para><b>Transactions</b>: a call runs apart from a <see cref="System.Transactions.TransactionScope"/> of whoever set
/// it off, on a thread of the pool, and of his context it has the activity alone then.</para>
/// <para>Implementations pass <c>BackingStoreConformance</c>. A table that has, or can be given, a version column needs
/// none: see <c>docs/how-to/own-tables.md</c>.</para>
/// </remarks>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
public interface IBackingStore<TKey, TValue>
    where TKey : notnull
{
    /// <summary>Makes or checks the schema. It may be called by several processes at once, and again after a failure.</summary>
    ValueTask InitializeAsync(CancellationToken cancellationToken);

    /// <summary>Loads rows by their keys: one query.</summary>
    /// <returns>The rows that exist, tombstones among them, in any order, each with its key as it was asked for, letter
    /// by letter; keys without a row are left out. A row of another key is an error of the load.</returns>
    ValueTask<IReadOnlyList<StoreRow<TKey, TValue>>> LoadAsync(IReadOnlyList<TKey> keys, CancellationToken cancellationToken);

    /// <summary>Saves a batch in one transaction, each row guarded by its version.</summary>
    /// <returns>The outcome of each write, at its index. What is superseded is so by a higher version; with the write's own
    /// version it counts as stored.</returns>
    ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(IReadOnlyList<StoreWrite<TKey, TValue>> batch, CancellationToken cancellationToken);

    /// <summary>Whether each delete leaves a row, a tombstone with its version, also that of a key which has no row; and
    /// for at least <see cref="PurgeOptions.Retention"/>. Yes unless a store says no. Where it is no, nothing tells a
    /// delete that is stored from a write that was lost with the tier's data: who waits for such a write is told that.</summary>
    bool KeepsDeletes => true;

    /// <summary>Why the store would never take a write, told by the write alone before it is accepted: a pure function
    /// that asks no database. Its writer then gets <see cref="InvalidValueException"/>. Nothing unless a store says so.</summary>
    /// <param name="write">The write; its version is not known yet, and of the end of its lifetime only whether there
    /// is one (<see cref="long.MaxValue"/> where not).</param>
    /// <returns>The reason, to go on in a sentence and without its full stop; null where it may be taken.</returns>
    string? WhyRefused(StoreWrite<TKey, TValue> write) => null;
}

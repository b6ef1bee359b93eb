using System.Data.Common;
using Remanso.Stores;

namespace Remanso.Sql;

// A dialect holds no state but its statements; its connections come from the data sources that SqlStore was given, so
// it may cast them to its driver's type. It lets the driver's exceptions through: SqlStore asks Explain about them.

/// <summary>
/// What differs between SQL engines, for <see cref="SqlStore"/>: statements, how many rows travel in one of them, and
/// what the engine's errors mean.
/// </summary>
internal interface ISqlDialect
{
    /// <summary>
    /// Whether the driver works on the calling thread even where its methods are called <c>Async</c>;
    /// <see cref="SqlStore"/> then moves the work to the thread pool.
    /// </summary>
    bool BlocksThread { get; }

    /// <summary>Makes the table unless it exists, and fails where it lacks a column. Safe against other processes doing the same.</summary>
    /// <param name="connection">An open connection of the store's data source for writes.</param>
    /// <param name="withHistory">Whether to make its history as well: a table of the same name with <c>_history</c>
    /// behind it, one row for each version.</param>
    /// <param name="cancellationToken">Cancels.</param>
    ValueTask CreateTableAsync(DbConnection connection, bool withHistory, CancellationToken cancellationToken);

    /// <summary>Loads the rows of some keys, tombstones among them; a key given twice may yield one row or two.</summary>
    ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        DbConnection connection,
        string cache,
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    );

    /// <summary>Upserts a batch in one transaction, which is committed on return: all of it or, on an exception, none.</summary>
    /// <param name="connection">An open connection of the store's data source for writes.</param>
    /// <param name="cache">The cache that the rows belong to.</param>
    /// <param name="batch">Distinct keys, sorted.</param>
    /// <param name="updatedAt">The time to note in changed rows, microseconds since 1970.</param>
    /// <param name="withHistory">Whether to add what <see cref="HistoryRows"/> says to the history, in the same
    /// transaction; versions that are there already stay as they are.</param>
    /// <param name="cancellationToken">Cancels; the batch then has no effect.</param>
    /// <returns>The indexes of the writes whose rows the guard left alone, usually none.</returns>
    ValueTask<IReadOnlyList<int>> UpsertAsync(
        DbConnection connection,
        string cache,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        long updatedAt,
        bool withHistory,
        CancellationToken cancellationToken
    );

    /// <summary>Reads the versions of some keys; keys without a row are left out.</summary>
    ValueTask<IReadOnlyDictionary<string, long>> ReadVersionsAsync(
        DbConnection connection,
        string cache,
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    );

    /// <summary>Reads the last versions of a key from the history, as <see cref="IHistoryReader.ReadHistoryAsync"/> says.</summary>
    ValueTask<IReadOnlyList<HistoryVersion>> ReadHistoryAsync(
        DbConnection connection,
        string cache,
        string key,
        int max,
        int maxBytes,
        CancellationToken cancellationToken
    );

    /// <summary>The server's clock, as <see cref="IPurgeableStore.GetTimeAsync"/> says.</summary>
    ValueTask<long> GetTimeAsync(DbConnection connection, CancellationToken cancellationToken) => new(long.MaxValue);

    /// <summary>Removes rows that are gone, in one transaction of its own, as
    /// <see cref="IPurgeableStore.PurgeAsync(long, int, IReadOnlyCollection{string}, CancellationToken)"/> says.</summary>
    /// <param name="connection">An open connection of the store's data source for writes.</param>
    /// <param name="cache">The cache that the rows belong to.</param>
    /// <param name="before">Microseconds since 1970.</param>
    /// <param name="max">How many rows at most, above zero.</param>
    /// <param name="spared">The keys whose rows stay.</param>
    /// <param name="cancellationToken">Cancels; the rows then stay, or are removed.</param>
    /// <returns>How many rows were removed.</returns>
    ValueTask<int> PurgeAsync(
        DbConnection connection,
        string cache,
        long before,
        int max,
        IReadOnlyCollection<string> spared,
        CancellationToken cancellationToken
    );

    /// <summary>Says what an exception means that came out of this dialect or its data source.</summary>
    SqlFailure Explain(Exception exception);

    /// <summary>Whether an error is one of this connection alone (the server ended it, or what was prepared on it no
    /// longer fits): it and those that wait beside it in its pool are then closed, and the work is done once more on a
    /// fresh one before anybody hears of it.</summary>
    /// <param name="connection">The connection on which it happened.</param>
    /// <param name="exception">The error.</param>
    bool TryRenew(DbConnection connection, Exception exception) => false;
}

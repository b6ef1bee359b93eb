using System.Data.Common;

namespace Remanso.Sql.Tables;

/// <summary>The statements for one mapped table: they may be used concurrently, on different connections.</summary>
internal interface ITableStatements
{
    /// <summary>Has the database check every statement, without changing a row.</summary>
    /// <returns>What stands against the table, in one sentence; null for nothing.</returns>
    ValueTask<string?> ProbeAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>The versions of a few rows, whichever the table gives first; 0 for NULL.</summary>
    ValueTask<IReadOnlyList<long>> SampleVersionsAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>Loads the rows of some keys, tombstones among them; a key given twice may yield one row or two.</summary>
    ValueTask<IReadOnlyList<TableRow>> LoadAsync(
        DbConnection connection,
        IReadOnlyList<object?[]> keys,
        CancellationToken cancellationToken
    );

    /// <summary>The versions of the rows of some keys, by the keys' strings; 0 for NULL.</summary>
    ValueTask<IReadOnlyDictionary<string, long>> VersionsAsync(
        DbConnection connection,
        IReadOnlyList<object?[]> keys,
        CancellationToken cancellationToken
    );

    /// <summary>Saves a batch in one transaction, which is committed on return: all of it or, on an exception, none. A
    /// row changes only if its version is lower.</summary>
    /// <returns>The <see cref="TableWrite.Index"/> of each write that changed no row.</returns>
    ValueTask<IReadOnlyList<int>> SaveAsync(DbConnection connection, TableBatch batch, CancellationToken cancellationToken);
}

using System.Data.Common;
using System.Net.Sockets;

namespace Remanso.Stores;

/// <summary>Tells transient store errors from permanent ones, and errors of rows from those of the store, for stores
/// that do not say it themselves.</summary>
internal static class StoreErrors
{
    // What this process has no memory for is no fault of the entries.
    public static bool IsTransient(Exception exception) =>
        IsOutOfMemory(exception)
        || exception switch
        {
            StoreException store => store.IsTransient,
            DbException db => db.IsTransient,
            TimeoutException or IOException or SocketException or OperationCanceledException => true,
            _ => false,
        };

    /// <summary>What an error says about the rows of its statement.</summary>
    public static StoreFault FaultOf(Exception exception) =>
        exception switch
        {
            _ when IsTransient(exception) => StoreFault.Passing,
            StoreException { BlamesRow: true } => StoreFault.Row,
            DbException { SqlState: { Length: 5 } state } when BlamesRow(state) => StoreFault.Row,
            _ => StoreFault.Lasting,
        };

    /// <summary>Whether a SQLSTATE is about data: 22 (a value), 23 (a constraint), 44 (the condition of a view).</summary>
    public static bool BlamesRow(string sqlState) =>
        sqlState.StartsWith("22", StringComparison.Ordinal)
        || sqlState.StartsWith("23", StringComparison.Ordinal)
        || sqlState.StartsWith("44", StringComparison.Ordinal);

    private static bool IsOutOfMemory(Exception? exception) =>
        exception is not null && (exception is OutOfMemoryException || IsOutOfMemory(exception.InnerException));
}

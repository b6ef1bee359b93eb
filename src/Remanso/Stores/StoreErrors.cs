using System.Data.Common;
using System.Net;
using System.Net.Sockets;

namespace Remanso.Stores;

/// <summary>Tells transient store errors from permanent ones, and errors of rows from those of the store, for stores
/// that do not say it themselves.</summary>
internal static class StoreErrors
{
    // What this process has no memory for is no fault of the entries.
    public static bool IsTransient(Exception exception) => IsOutOfMemory(exception) || IsPassing(exception);

    /// <summary>What an error says about the rows of its statement.</summary>
    public static StoreFault FaultOf(Exception exception) =>
        IsTransient(exception) ? StoreFault.Passing
        : BlamesRow(exception) ? StoreFault.Row
        : StoreFault.Lasting;

    /// <summary>What only its type and its stack explain: an error of the application's own code. Stores and databases say in
    /// their message what is wrong, and of an outage there is no more to know.</summary>
    /// <returns>The exception; null where the message is enough.</returns>
    public static Exception? Unforeseen(Exception? exception) =>
        exception is null or StoreException or DbException or CacheConfigurationException or TierUnavailableException
        || IsTransient(exception)
            ? null
            : exception;

    /// <summary>Whether a SQLSTATE is about data: 22 (a value), 23 (a constraint), 44 (the condition of a view).</summary>
    public static bool BlamesRow(string sqlState) =>
        sqlState.StartsWith("22", StringComparison.Ordinal)
        || sqlState.StartsWith("23", StringComparison.Ordinal)
        || sqlState.StartsWith("44", StringComparison.Ordinal);

    /// <summary>Whether this process had no room, wherever it struck.</summary>
    public static bool IsOutOfMemory(Exception? exception) =>
        exception is not null && (exception is OutOfMemoryException || IsOutOfMemory(exception.InnerException));

    /// <summary>Whether the application's services were asked after their end: nothing brings them back.</summary>
    public static bool IsOfEndedServices(Exception? exception) =>
        exception is not null && (IsEndOfServices(exception) || IsOfEndedServices(exception.InnerException));

    private static bool IsEndOfServices(Exception exception) =>
        exception is ObjectDisposedException { ObjectName: nameof(IServiceProvider) };

    // Libraries wrap what happened below them: a retry that gave up, a pool, a mapper. Who knows more than what it wraps
    // says so itself: a store, and an HTTP service that answered.
    private static bool IsPassing(Exception? exception) =>
        exception switch
        {
            null => false,
            StoreException store => store.IsTransient,
            HttpRequestException { StatusCode: { } answer } => IsPassing(answer),
            DbException { IsTransient: true } => true,
            HttpRequestException or TimeoutException or IOException or SocketException or OperationCanceledException => true,
            // Of this process: the entries are another's to store, or the next one's.
            ObjectDisposedException when IsEndOfServices(exception) => true,
            _ => IsPassing(exception.InnerException),
        };

    private static bool IsPassing(HttpStatusCode answer) =>
        answer is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    private static bool BlamesRow(Exception? exception) =>
        exception switch
        {
            null => false,
            StoreException store => store.BlamesRow,
            DbException { SqlState: { Length: 5 } state } => BlamesRow(state),
            _ => BlamesRow(exception.InnerException),
        };
}

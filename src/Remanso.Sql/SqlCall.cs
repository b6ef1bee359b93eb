using System.Data.Common;
using Remanso.Stores;

namespace Remanso.Sql;

/// <summary>Runs a store's work against its engine, off the caller's thread where the driver blocks, and turns what went
/// wrong into a <see cref="StoreException"/>.</summary>
internal static class SqlCall
{
    public static async Task<TResult> RunAsync<TResult>(
        bool blocksThread,
        Func<Exception, SqlFailure> explain,
        Func<Task<TResult>> work,
        bool starting,
        CancellationToken cancellationToken
    )
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            return await (blocksThread ? Task.Run(work, cancellationToken) : work()).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsToBeExplained(exception, cancellationToken))
        {
            var failure = explain(DriversOwn(exception));
            var isTransient =
                failure.Kind == SqlFailureKind.Passing
                || (failure.Kind == SqlFailureKind.Operator && !starting)
                || (failure.Kind == SqlFailureKind.Refused && StoreErrors.IsTransient(exception));
            throw new StoreException(failure.Message, isTransient, exception) { BlamesRow = failure.BlamesRow };
        }
    }

    private static bool IsToBeExplained(Exception exception, CancellationToken cancellationToken) =>
        exception switch
        {
            StoreException or CacheConfigurationException => false,
            OperationCanceledException => !cancellationToken.IsCancellationRequested,
            // The application's end, and no store's.
            _ when StoreErrors.IsOfEndedServices(exception) => false,
            // The store refused nothing: this process has no room for its answer.
            _ => !IsOutOfMemory(exception),
        };

    // What opened the connection may be a library with retries of its own, which wraps what the driver threw.
    private static Exception DriversOwn(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is DbException)
            {
                return cause;
            }
        }

        return exception;
    }

    private static bool IsOutOfMemory(Exception? exception) =>
        exception is not null && (exception is OutOfMemoryException || IsOutOfMemory(exception.InnerException));
}

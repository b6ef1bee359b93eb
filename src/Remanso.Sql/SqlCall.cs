using System.Data.Common;
using System.Diagnostics;
using System.Transactions;
using Remanso.Stores;

namespace Remanso.Sql;

// A driver's connection joins the TransactionScope around it. A cache's must not: what a save told as stored would go with
// the caller's rollback, a load would fill the tier for everybody with what the caller's snapshot sees, and a second
// database makes the caller's transaction a distributed one. A scope inside the scope would not do: one that does not flow
// belongs to its thread, and one that is complete takes no other.

/// <summary>Runs a store's work against its engine, apart from the caller's transaction, off the caller's thread where
/// the driver blocks, and turns what went wrong into a <see cref="StoreException"/>.</summary>
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
            return await (
                HasAmbientTransaction() ? RunApart(work)
                : blocksThread ? Task.Run(work, cancellationToken)
                : work()
            ).ConfigureAwait(false);
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

    private static bool HasAmbientTransaction()
    {
        try
        {
            return Transaction.Current is not null;
        }
        catch (InvalidOperationException)
        {
            // Inside a scope that is complete nobody may ask.
            return true;
        }
    }

    private static Task<TResult> RunApart<TResult>(Func<Task<TResult>> work)
    {
        var activity = Activity.Current;
        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(() =>
            {
                Activity.Current = activity;
                return work();
            });
        }
    }

    private static bool IsToBeExplained(Exception exception, CancellationToken cancellationToken) =>
        exception switch
        {
            StoreException or CacheConfigurationException => false,
            OperationCanceledException => !cancellationToken.IsCancellationRequested,
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

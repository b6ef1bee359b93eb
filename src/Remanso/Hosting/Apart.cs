using System.Diagnostics;
using System.Transactions;
using Remanso.ReadThrough;

namespace Remanso.Hosting;

// A driver's connection joins the TransactionScope around it. A cache's must not: what a save told as stored would go with
// the caller's rollback, that of other callers among it; a load would fill the tier for everybody with what the caller's
// snapshot sees; and a second database makes the caller's transaction a distributed one. A scope inside the scope would
// not do: one that does not flow belongs to its thread, and one that is complete takes no other.

/// <summary>Runs work of a cache apart from the transaction of whoever happens to have set it off.</summary>
internal static class Apart
{
    /// <summary>Whether there is such a transaction. Where there is none, asking costs no memory.</summary>
    public static bool IsNeeded
    {
        get
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
    }

    /// <summary>Runs the work with nothing of the caller's context but its activity, and the load that it is part of.</summary>
    public static Task<TResult> RunAsync<TResult>(Func<ValueTask<TResult>> work)
    {
        var (activity, flight) = (Activity.Current, FlightNode.Current);
        if (ExecutionContext.IsFlowSuppressed())
        {
            return Task.Run(Work);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(Work);
        }

        Task<TResult> Work()
        {
            (Activity.Current, FlightNode.Current) = (activity, flight);
            return work().AsTask();
        }
    }
}

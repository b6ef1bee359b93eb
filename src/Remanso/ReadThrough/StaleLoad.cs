using Microsoft.Extensions.Logging;
using Remanso.Common;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.ReadThrough;

// What may run in the background is started there, and goes on when the caller has left at the soft time-out. A
// caller's own loader may not, unless asked for: it may use what ends with its caller. So it runs on the caller's
// thread and context, and the caller who leads waits for its end. All others leave at the soft time-out, and let go of
// the flight: they must not keep it alive when its own caller is gone.
//
// Leaving is by the caller's token, its time limit (ReadPlan.Limit, a part of that token), or the soft time-out. Only
// the first is an error.

/// <summary>The load of a key of which its caller has a stale copy: how long the caller waits for it, and what becomes
/// of it afterwards.</summary>
internal sealed class StaleLoad(
    SingleFlight<string, Answer> flights,
    LeasedLoad load,
    LoadOptions options,
    string cache,
    TimeProvider time,
    CacheCounters counters,
    ILogger logger
)
{
    /// <summary>Leads or joins the key's flight.</summary>
    /// <returns>What it brought; null where the caller is to have the copy.</returns>
    public async ValueTask<FlightResult<Answer>?> RunAsync(
        string key,
        TierRead read,
        FlightMarks.Moment since,
        ReadPlan plan,
        LoadBatcher? gathered,
        CancellationToken cancellationToken
    )
    {
        if (flights.IsLate(key))
        {
            counters.SoftTimeouts.Add();
            return null;
        }

        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var lead = new Lead(load, read, since, plan);
        var mayLeave = plan.MayRunInBackground(options);
        var flight = mayLeave
            ? flights.RunDetachedAsync(key, lead, static (key, lead, token) => lead.RunAsync(key, token), gathered?.Gather()).AsTask()
            : flights.RunAsync(key, lead, static (key, lead, token) => lead.RunAsync(key, token), leave.Token).AsTask();
        await ((Task)flight)
            .WaitAsync(plan.Options?.SoftTimeout ?? options.SoftTimeout, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!flight.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            flights.MarkLate(key);
            if (!mayLeave && lead.IsFlying)
            {
                await ((Task)flight).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        if (flight.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            return await flight.ConfigureAwait(false);
        }

        flight.Forget();
        await leave.CancelAsync().ConfigureAwait(false);
        if (!plan.Limit.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        counters.SoftTimeouts.Add();
        logger.ServedWhileSlow(cache, key);
        return null;
    }

    /// <summary>One caller's part in a flight, should it lead it.</summary>
    private sealed class Lead(LeasedLoad load, TierRead read, FlightMarks.Moment since, ReadPlan plan)
    {
        private volatile bool _isFlying;

        /// <summary>Whether this caller's load runs, or ran: not another one's.</summary>
        public bool IsFlying => _isFlying;

        public ValueTask<Answer> RunAsync(string key, CancellationToken cancellationToken)
        {
            _isFlying = true;
            return load.LeadAsync(key, read, since, plan, cancellationToken);
        }
    }
}

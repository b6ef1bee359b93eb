using Remanso.Telemetry;

namespace Remanso.ReadThrough;

// Its flights are its own. Those of the tier may only be joined by who has looked into the tier, and their fills are
// voided by writes; here a write past the tier ends the flight for later callers (Forget), so that each reads its own
// writes.

/// <summary>
/// Reads while the tier can't be reached: one load per key behind the bulkhead, shared by all who ask meanwhile, and cached nowhere.
/// </summary>
internal sealed class ReadPastTier(TimedLoad loads, LoadBackoffs backoffs, CacheCounters counters)
{
    private readonly SingleFlight<string, LoadedValue> _flights = new();

    /// <summary>Loads a key: by the plan's loader, else from the store.</summary>
    public ValueTask<FlightResult<LoadedValue>> LoadAsync(string key, ReadPlan plan, CancellationToken cancellationToken)
    {
        if (backoffs.Find(key) is { } failure)
        {
            counters.BackedOff.Add();
            failure.Throw();
        }

        return _flights.RunAsync(
            key,
            (Owner: this, Plan: plan),
            static (key, state, token) => state.Owner.LeadAsync(key, state.Plan, token),
            cancellationToken
        );
    }

    /// <summary>Makes later callers load again.</summary>
    public void Forget(string key) => _flights.Forget(key);

    private async ValueTask<LoadedValue> LeadAsync(string key, ReadPlan plan, CancellationToken cancellationToken)
    {
        try
        {
            var value = await loads.RunAsync(key, plan, previous: null, cancellationToken).ConfigureAwait(false);
            backoffs.Succeeded(key);
            return value;
        }
        catch (Exception exception) when (LoadBackoffs.IsFailure(exception, cancellationToken))
        {
            backoffs.Failed(key, exception);
            throw;
        }
    }
}

namespace Remanso.ReadThrough;

/// <summary>
/// Reads while the tier can't be reached: one load per key behind the bulkhead, shared by all who ask meanwhile, and cached nowhere.
/// </summary>
/// <remarks>
/// Its flights are its own. Those of the tier may only be joined by who has looked into the tier, and their fills are voided by writes; here a write past the
/// tier ends the flight for later callers (<see cref="Forget"/>), so that each reads its own writes.
/// </remarks>
internal sealed class ReadPastTier(LoadBatcher? batcher, LoadOptions options, TimeProvider time)
{
    private readonly SingleFlight<string, LoadedValue> _flights = new();

    /// <summary>Loads a key: by the given loader, else from the store.</summary>
    public ValueTask<FlightResult<LoadedValue>> LoadAsync(
        string key, Func<CancellationToken, ValueTask<LoadedValue>>? loader, CancellationToken cancellationToken) =>
        _flights.RunAsync(
            key,
            (Owner: this, Loader: loader),
            static (key, state, token) => state.Owner.LeadAsync(key, state.Loader, token),
            cancellationToken);

    /// <summary>Makes later callers load again.</summary>
    public void Forget(string key) => _flights.Forget(key);

    private async ValueTask<LoadedValue> LeadAsync(
        string key, Func<CancellationToken, ValueTask<LoadedValue>>? loader, CancellationToken cancellationToken)
    {
        var load = loader is null ? FromStoreAsync(key, cancellationToken) : loader(cancellationToken);
        return await load.AsTask().WaitAsync(options.Timeout, time, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<LoadedValue> FromStoreAsync(string key, CancellationToken cancellationToken) =>
        LoadedValue.From(await batcher!.LoadAsync(key, cancellationToken).ConfigureAwait(false));
}

namespace Remanso.Telemetry;

/// <summary>What is counted of one cache in this process; statistics and metrics both read it.</summary>
internal sealed class CacheCounters
{
    public StripedCounter TierReads { get; } = new();

    public StripedCounter StoreReads { get; } = new();

    public StripedCounter AbsentReads { get; } = new();

    public StripedCounter StaleReads { get; } = new();

    public StripedCounter FlightsLed { get; } = new();

    public StripedCounter FlightsJoined { get; } = new();

    public StripedCounter LoadQueries { get; } = new();

    public StripedCounter LoadKeys { get; } = new();

    public StripedCounter LoadErrors { get; } = new();

    public StripedCounter LeaseWaits { get; } = new();

    public StripedCounter Writes { get; } = new();

    public StripedCounter Refused { get; } = new();

    public StripedCounter Batches { get; } = new();

    public StripedCounter Stored { get; } = new();

    public StripedCounter AlreadyStored { get; } = new();

    public StripedCounter Superseded { get; } = new();

    public StripedCounter DeadLettered { get; } = new();

    public StripedCounter FlushErrors { get; } = new();

    public ReadCounts Reads => new(0, TierReads.Value, StoreReads.Value, AbsentReads.Value, StaleReads.Value);

    public FlightCounts Flights => new(FlightsLed.Value, FlightsJoined.Value);

    public LoadCounts Loads => new(LoadQueries.Value, LoadKeys.Value);

    public FlushCounts Flush => new(Batches.Value, Stored.Value, AlreadyStored.Value, Superseded.Value, DeadLettered.Value);
}

namespace Remanso.Telemetry;

/// <summary>What is counted of one cache in this process; statistics and metrics both read it.</summary>
internal sealed class CacheCounters
{
    private int _circuit;

    /// <summary>Who hears of what is counted, one by one.</summary>
    public CacheEvents Events { get; } = new();

    public ThreadCounter NearReads { get; } = new();

    public ThreadCounter TierReads { get; } = new();

    public ThreadCounter StoreReads { get; } = new();

    public ThreadCounter AbsentReads { get; } = new();

    public ThreadCounter StaleReads { get; } = new();

    /// <summary>Reads answered by near copies that are kept while the tier is away; they are marked stale.</summary>
    public ThreadCounter KeptReads { get; } = new();

    /// <summary>Copies that left the near cache for want of room.</summary>
    public ThreadCounter NearEvicted { get; } = new();

    /// <summary>Clean entries that left the memory tier for want of room.</summary>
    public ThreadCounter TierEvicted { get; } = new();

    /// <summary>Values found that the codec could not decode.</summary>
    public ThreadCounter UnreadableReads { get; } = new();

    public ThreadCounter FlightsLed { get; } = new();

    public ThreadCounter FlightsJoined { get; } = new();

    public ThreadCounter LoadQueries { get; } = new();

    public ThreadCounter LoadKeys { get; } = new();

    public ThreadCounter LoadErrors { get; } = new();

    public ThreadCounter LoadsAbandoned { get; } = new();

    public ThreadCounter EarlyRefreshes { get; } = new();

    public ThreadCounter BackedOff { get; } = new();

    public ThreadCounter SoftTimeouts { get; } = new();

    public ThreadCounter LeaseWaits { get; } = new();

    public ThreadCounter Writes { get; } = new();

    public ThreadCounter Refused { get; } = new();

    public ThreadCounter RoomWaits { get; } = new();

    /// <summary>Writes that went past a full tier into the store.</summary>
    public ThreadCounter WrittenThrough { get; } = new();

    public ThreadCounter Batches { get; } = new();

    public ThreadCounter Stored { get; } = new();

    public ThreadCounter AlreadyStored { get; } = new();

    public ThreadCounter Superseded { get; } = new();

    /// <summary>Writes that waited for the store, and lost to a version that others wrote.</summary>
    public ThreadCounter WritesSuperseded { get; } = new();

    public ThreadCounter DeadLettered { get; } = new();

    public ThreadCounter FlushErrors { get; } = new();

    public ThreadCounter TagsRemoved { get; } = new();

    public ThreadCounter Purged { get; } = new();

    public ThreadCounter PurgeErrors { get; } = new();

    /// <summary>Entries that the stop could not store.</summary>
    public ThreadCounter LeftAtStop { get; } = new();

    /// <summary>The traces whose writes are not stored yet.</summary>
    public WriteTraces Traces { get; } = new();

    /// <summary>A write was accepted.</summary>
    public void Written(string key, long version)
    {
        Writes.Add();
        Traces.Written(key, version);
        if (Events.Wants(CacheEventKinds.Written))
        {
            Events.Raise(Events.Of(CacheEventKinds.Written) with { Key = key, Version = version });
        }
    }

    /// <summary>What this process's flusher thinks of the store.</summary>
    public CircuitState Circuit
    {
        get => (CircuitState)Volatile.Read(ref _circuit);
        set => Volatile.Write(ref _circuit, (int)value);
    }

    public ReadCounts Reads =>
        new(NearReads.Value, TierReads.Value, StoreReads.Value, AbsentReads.Value, StaleReads.Value + KeptReads.Value);

    public FlightCounts Flights => new(FlightsLed.Value, FlightsJoined.Value);

    public LoadCounts Loads => new(LoadQueries.Value, LoadKeys.Value, EarlyRefreshes.Value, BackedOff.Value, SoftTimeouts.Value);

    public FlushCounts Flush => new(Batches.Value, Stored.Value, AlreadyStored.Value, Superseded.Value, DeadLettered.Value);
}

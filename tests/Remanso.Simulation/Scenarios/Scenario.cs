namespace Remanso.Simulation.Scenarios;

/// <summary>What happens in a world, as far as nobody reacts to anything: who runs, who asks what, and what breaks when.
/// The order of all else follows from the seed.</summary>
internal sealed record Scenario
{
    public required ulong Seed { get; init; }

    /// <summary>Whether one process has the tier in its own memory, instead of several that share one.</summary>
    public bool IsEmbedded { get; init; }

    public bool HasJournal { get; init; }

    public int Partitions { get; init; } = 2;

    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromMilliseconds(40);

    public int BatchSize { get; init; } = 10;

    public int BatchesInFlight { get; init; } = 2;

    public TimeSpan Ttl { get; init; } = TimeSpan.FromMilliseconds(600);

    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many entries may be dirty.</summary>
    public int MaxDirty { get; init; } = 1000;

    /// <summary>Whether the database names no row when it refuses a batch.</summary>
    public bool HidesRow { get; init; }

    public IReadOnlyList<ProcessPlan> Processes { get; init; } = [];

    public IReadOnlyList<ClientPlan> Clients { get; init; } = [];

    public IReadOnlyList<Fault> Faults { get; init; } = [];

    public Weather TierWeather { get; init; } = new();

    public Weather StoreWeather { get; init; } = new();
}

/// <summary>A process of the deployment.</summary>
/// <param name="Flushes">Whether it is a worker.</param>
/// <param name="HasNear">Whether it keeps copies.</param>
internal sealed record ProcessPlan(bool Flushes, bool HasNear);

/// <summary>A client, which waits for each answer before it goes on.</summary>
internal sealed record ClientPlan(int Process, IReadOnlyList<Step> Steps);

/// <summary>How often calls to a server fail, and how.</summary>
internal sealed record Weather(
    double Refuses = 0,
    double LosesRequests = 0,
    double LosesReplies = 0,
    double Lingers = 0,
    int LatencyMs = 2
);

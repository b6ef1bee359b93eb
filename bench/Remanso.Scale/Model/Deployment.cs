namespace Remanso.Scale.Model;

/// <summary>What is simulated.</summary>
internal sealed record Deployment
{
    /// <summary>Processes, each with writes of its own and a worker.</summary>
    public int Processes { get; init; } = 1;

    public int CoresOfProcess { get; init; } = 2;

    public int Masters { get; init; } = 1;

    public int Partitions { get; init; } = 64;

    public int CoresOfDatabase { get; init; } = 8;

    /// <summary>Seconds from one machine to another.</summary>
    public double Network { get; init; } = 100e-6;

    /// <summary>All on one machine with so many cores; 0: each on its own.</summary>
    public int SharedCores { get; init; }

    /// <summary>Callers of all processes, each with one call under way; 0 where <see cref="Rate"/> decides.</summary>
    public int Callers { get; init; }

    /// <summary>Calls a second of all processes, at random times.</summary>
    public double Rate { get; init; }

    /// <summary>The part of the calls that read and find their key in the tier.</summary>
    public double Reads { get; init; }

    public bool OverHttp { get; init; }

    /// <summary>Whether the load program is on the machine, too.</summary>
    public bool HasLoad { get; init; }

    /// <summary>Keys, all equally likely.</summary>
    public int Keys { get; init; } = 10_000_000;

    /// <summary>Seconds between flushes; 0: none.</summary>
    public double FlushInterval { get; init; } = 0.25;

    public int BatchSize { get; init; } = 1_000;

    public int BatchesInFlight { get; init; } = 4;

    /// <summary>Of what a look of Redis costs: the part that is the round's (waiting, the append-only file) and not the
    /// connection's (reading, answering). Assumed: the costs were measured with one connection.</summary>
    public double RoundOfLook { get; init; } = 0.5;

    public int Seed { get; init; } = 1;
}

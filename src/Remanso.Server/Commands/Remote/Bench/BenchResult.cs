using Remanso.Client;

namespace Remanso.Server.Commands.Remote.Bench;

/// <summary>What a benchmark has found.</summary>
/// <param name="Noise">Of the machine that measured.</param>
/// <param name="Reads">Of reads that were answered.</param>
/// <param name="Writes">Of writes that were accepted.</param>
/// <param name="Errors">Calls that failed, by what the server called it.</param>
/// <param name="Passed">How long it took.</param>
/// <param name="Before">The cache's counts before; null where the key may not observe.</param>
/// <param name="After">And afterwards, all flushed.</param>
/// <param name="OthersFlush">Whether other processes than the one that answers store what is written: they count it.</param>
/// <param name="IsInterrupted">Whether it was ended before its time: nothing was flushed or counted afterwards.</param>
internal sealed record BenchResult(
    Latencies Noise,
    Latencies Reads,
    Latencies Writes,
    IReadOnlyDictionary<string, long> Errors,
    TimeSpan Passed,
    CacheCounts? Before,
    CacheCounts? After,
    bool OthersFlush,
    bool IsInterrupted = false
)
{
    /// <summary>Queries of the database for loads.</summary>
    public long? Queries => After?.Loads.Queries - Before?.Loads.Queries;

    /// <summary>Rows that were stored; null where others count them.</summary>
    public long? Rows => OthersFlush ? null : After?.Flush.Stored - Before?.Flush.Stored;

    /// <summary>Batches in which they were; null where others count them.</summary>
    public long? Batches => OthersFlush ? null : After?.Flush.Batches - Before?.Flush.Batches;
}

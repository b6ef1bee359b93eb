namespace Remanso.Server.Commands.Plan.Simulation;

/// <summary>What a replay came to.</summary>
/// <param name="Options">Of the cache.</param>
/// <param name="Workers">Processes.</param>
/// <param name="Counts">What was counted.</param>
/// <param name="PeakUnsavedWrites">The most accepted writes that the database did not have, at any time.</param>
internal sealed record RunResult(CacheOptions Options, int Workers, RunCounts Counts, long PeakUnsavedWrites)
{
    /// <summary>Which part of the reads needed no query, 0 to 1; NaN where there were none.</summary>
    public double HitRatio { get; init; }

    /// <summary>The same in the second half of the calls, when the cache is warm.</summary>
    public double WarmHitRatio { get; init; }
}

namespace Remanso.AspNetCore.Dashboard;

/// <summary>What was found at one moment.</summary>
/// <param name="Number">Grows with each sample.</param>
/// <param name="At">When it was taken, milliseconds since 1970.</param>
/// <param name="Problems">What is wrong, one line each.</param>
/// <param name="Warnings">What only slows work down, one line each.</param>
/// <param name="Error">Why the figures could not be had this time; null where they could.</param>
/// <param name="Caches">The figures of every cache, in the order of their names: those of the last time that they could
/// be had; empty before that.</param>
/// <param name="FiguresAt">When these figures were taken, milliseconds since 1970; 0 before the first.</param>
internal sealed record DashboardSample(
    long Number,
    long At,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> Warnings,
    string? Error,
    IReadOnlyList<SampledCache> Caches,
    long FiguresAt
);

/// <summary>One cache in a sample.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Statistics">Its statistics.</param>
/// <param name="ChangedIn">The number of the sample in which they became what they are.</param>
internal sealed record SampledCache(string Name, CacheStatistics Statistics, long ChangedIn);

using Remanso.Client;

namespace Remanso.Server.Commands.Remote.Top;

/// <summary>What a server did in one interval.</summary>
/// <param name="Address">The server's address.</param>
/// <param name="At">When the interval ended.</param>
/// <param name="Readiness">Whether it can do its work.</param>
/// <param name="Caches">The rates, the hottest first.</param>
/// <param name="Processes">The processes that share its tier, the living first; empty where they are not known.</param>
internal sealed record TopSample(
    Uri Address,
    DateTimeOffset At,
    ReadinessAnswer Readiness,
    IReadOnlyList<CacheRates> Caches,
    IReadOnlyList<ProcessAnswer> Processes
);

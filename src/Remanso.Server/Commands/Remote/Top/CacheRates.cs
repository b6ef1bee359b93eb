using Remanso.Client;

namespace Remanso.Server.Commands.Remote.Top;

/// <summary>What a cache did in one interval, a second, and what is not stored at its end.</summary>
/// <param name="Cache">Its name.</param>
/// <param name="Reads">Reads.</param>
/// <param name="HitRatio">Which part of them needed no query, 0 to 1; NaN where there were none.</param>
/// <param name="Queries">Queries of the database for loads.</param>
/// <param name="Writes">Writes that were accepted.</param>
/// <param name="Stored">Rows that were stored; null where other processes than the one that answers count them.</param>
/// <param name="Refused">Writes that were refused.</param>
/// <param name="Now">The counts at the end.</param>
internal sealed record CacheRates(
    string Cache,
    double Reads,
    double HitRatio,
    double Queries,
    double Writes,
    double? Stored,
    double Refused,
    CacheCounts Now
)
{
    /// <summary>How hot it is.</summary>
    public double Calls => Reads + Writes;

    /// <summary>The rates of all caches between two samples, the hottest first. A process that was started anew
    /// meanwhile counts from 0.</summary>
    public static IReadOnlyList<CacheRates> Between(
        IReadOnlyDictionary<string, CacheCounts> before,
        IReadOnlyDictionary<string, CacheCounts> after,
        TimeSpan passed,
        IReadOnlySet<string> flushedByOthers
    ) =>
        [
            .. after
                .Select(cache =>
                    Of(cache.Key, before.GetValueOrDefault(cache.Key) ?? new CacheCounts(), cache.Value, passed.TotalSeconds) is var rates
                    && flushedByOthers.Contains(cache.Key)
                        ? rates with
                        {
                            Stored = null,
                        }
                        : rates
                )
                .OrderByDescending(static rates => rates.Calls)
                .ThenBy(static rates => rates.Cache, StringComparer.Ordinal),
        ];

    private static CacheRates Of(string cache, CacheCounts before, CacheCounts after, double seconds)
    {
        if (AllReads(after) < AllReads(before) || after.Writes < before.Writes)
        {
            before = new CacheCounts();
        }

        var reads = AllReads(after) - AllReads(before);
        var fromStore = after.Reads.Store + after.Reads.Absent - before.Reads.Store - before.Reads.Absent;
        var queries = after.Loads.Queries - before.Loads.Queries;
        return new CacheRates(
            cache,
            reads / seconds,
            reads == 0 ? double.NaN : 1 - Math.Min(1, (double)Math.Min(fromStore, after.Loads.Keys - before.Loads.Keys) / reads),
            queries / seconds,
            (after.Writes - before.Writes) / seconds,
            (after.Flush.Stored - before.Flush.Stored) / seconds,
            (after.Refused - before.Refused) / seconds,
            after
        );
    }

    private static long AllReads(CacheCounts counts) =>
        counts.Reads.Near + counts.Reads.Tier + counts.Reads.Store + counts.Reads.Absent + counts.Reads.Stale;
}

using System.Runtime.InteropServices;

namespace Remanso.AspNetCore.Dashboard;

/// <summary>What the charts show of one cache at one moment: counts since the process started, and what is dirty.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CachePoint(
    long Asked,
    long Queries,
    long Writes,
    long Rows,
    long Refused,
    long Dirty,
    long Bytes,
    long LagMs
)
{
    public static CachePoint Of(CacheStatistics statistics)
    {
        var reads = statistics.Reads;
        return new CachePoint(
            reads.Near + reads.Tier + reads.Store + reads.Absent + reads.Stale,
            statistics.Loads.Queries,
            statistics.Writes,
            statistics.Flush.Stored,
            statistics.Refused,
            statistics.Dirty.Entries,
            statistics.Dirty.Bytes,
            (long)statistics.Dirty.OldestAge.TotalMilliseconds
        );
    }

    /// <summary>Both together; the lag is that of the one that lags more.</summary>
    public static CachePoint operator +(in CachePoint left, in CachePoint right) =>
        new(
            left.Asked + right.Asked,
            left.Queries + right.Queries,
            left.Writes + right.Writes,
            left.Rows + right.Rows,
            left.Refused + right.Refused,
            left.Dirty + right.Dirty,
            left.Bytes + right.Bytes,
            Math.Max(left.LagMs, right.LagMs)
        );
}

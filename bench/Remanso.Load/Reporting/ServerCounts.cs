using System.Runtime.InteropServices;

namespace Remanso.Load.Reporting;

/// <summary>The server's own counts of one cache (<c>GET /v1/stats</c>).</summary>
/// <param name="Writes">Writes accepted.</param>
/// <param name="Stored">Store writes: rows that flushes stored.</param>
/// <param name="Dirty">Entries that are dirty now.</param>
/// <param name="OldestAgeMs">The age of the oldest of them, in milliseconds.</param>
/// <param name="Queries">Queries that loads sent to the store.</param>
/// <param name="Led">Loads begun.</param>
/// <param name="Joined">Callers that joined one.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ServerCounts(long Writes, long Stored, long Dirty, long OldestAgeMs, long Queries, long Led, long Joined)
{
    /// <summary>What came since an earlier look.</summary>
    public ServerCounts Since(ServerCounts before) =>
        new(
            Writes - before.Writes,
            Stored - before.Stored,
            Dirty,
            OldestAgeMs,
            Queries - before.Queries,
            Led - before.Led,
            Joined - before.Joined
        );
}

namespace Remanso;

/// <summary>Loads of missed keys.</summary>
/// <param name="Queries">Queries at the backing store.</param>
/// <param name="Keys">Keys asked for in them.</param>
/// <param name="EarlyRefreshes">Loads begun in the background because a copy was about to expire.</param>
/// <param name="BackedOff">Reads that would have loaded a key, had its last load not just failed.</param>
/// <param name="SoftTimeouts">Reads that got a stale copy because the load took too long for them.</param>
public sealed record LoadCounts(long Queries, long Keys, long EarlyRefreshes = 0, long BackedOff = 0, long SoftTimeouts = 0);

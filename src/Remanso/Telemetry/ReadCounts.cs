namespace Remanso;

/// <summary>Reads by what answered them.</summary>
/// <param name="Near">Values from the near cache.</param>
/// <param name="Tier">Values from the tier, within their TTL or dirty.</param>
/// <param name="Store">Values that were loaded, for this caller or one it joined.</param>
/// <param name="Absent">Reads that found the key absent, wherever that was known.</param>
/// <param name="Stale">Values past their TTL.</param>
public sealed record ReadCounts(long Near, long Tier, long Store, long Absent, long Stale);

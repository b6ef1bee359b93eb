namespace Remanso;

/// <summary>How the writes of a cache reach its store.</summary>
public enum WriteMode
{
    /// <summary>Accepted by the tier, coalesced there, and flushed in batches: of a key's writes between two flushes, the last one reaches the store.</summary>
    Behind,

    /// <summary>To the store first, and into the tier from there: a write returns when the store has committed it.</summary>
    Through,

    /// <summary>
    /// As <see cref="Behind"/>, but nothing is coalesced away: beside the current row, every accepted version of a key reaches the store's history table, in order and exactly once. What waits
    /// for the store counts every version against the tier's limits.
    /// </summary>
    EveryVersion,
}

namespace Remanso;

/// <summary>How the writes of a cache reach its store.</summary>
public enum WriteMode
{
    /// <summary>Accepted by the tier, coalesced there, and flushed in batches: of a key's writes between two flushes,
    /// the last one reaches the store.</summary>
    Behind,

    /// <summary>As <see cref="Behind"/>, but each write starts the flush and returns only once the store has committed
    /// its version or a later one of the key: every write is <see cref="Durability.Stored"/>. One that the store
    /// refuses for good is taken back: its writer gets the reason, readers get the store's row again, and there is no
    /// dead letter. Until then, readers may see it. Writers at the same time share a commit.</summary>
    Through,

    /// <summary>As <see cref="Behind"/>, but nothing is coalesced away: beside the current row, every accepted version
    /// of a key reaches the store's history table, in order and exactly once. What waits for the store counts every
    /// version against the tier's limits.</summary>
    EveryVersion,
}

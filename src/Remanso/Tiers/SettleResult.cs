namespace Remanso.Tiers;

/// <summary>What a settlement changed.</summary>
internal enum SettleResult
{
    /// <summary>The entry is settled: clean, adopted or a dead letter.</summary>
    Settled,

    /// <summary>The entry was written again meanwhile: it stays dirty and will be flushed again.</summary>
    StillDirty,

    /// <summary>The partition's lease is another worker's: nothing changed.</summary>
    LeaseLost,

    /// <summary>Nobody can tell: the partition could not be reached, or refused. What is still dirty is taken again.</summary>
    Unknown,
}

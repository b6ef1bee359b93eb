namespace Remanso.Tiers;

/// <summary>The outcomes of a flush for one entry.</summary>
internal enum SettlementKind
{
    /// <summary>The store holds the taken version.</summary>
    Stored,

    /// <summary>The store holds a higher version: the entry adopts the store's row.</summary>
    Superseded,

    /// <summary>The store refused the entry for good: it becomes a dead letter.</summary>
    DeadLettered,
}

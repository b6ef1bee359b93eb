namespace Remanso.Tiers.Memory;

/// <summary>What a removal or an expiry by tag made of a clean entry; the higher one wins.</summary>
internal enum TagFate
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It is stale.</summary>
    Expired,

    /// <summary>It is gone.</summary>
    Removed,
}

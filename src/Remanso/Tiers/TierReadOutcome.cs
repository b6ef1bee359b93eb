namespace Remanso.Tiers;

/// <summary>What a tier has of a key.</summary>
public enum TierReadOutcome
{
    /// <summary>Nothing.</summary>
    Miss,

    /// <summary>A dirty entry, or a clean one within its TTL.</summary>
    Hit,

    /// <summary>A clean entry past its TTL, within its grace period.</summary>
    Stale,
}

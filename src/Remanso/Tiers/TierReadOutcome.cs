namespace Remanso.Tiers;

/// <summary>What a tier has of a key.</summary>
public enum TierReadOutcome
{
    /// <summary>Nothing.</summary>
    Miss,

    /// <summary>A dirty entry (unless it <see cref="Entries.CacheEntry.HasReturned"/>), or a clean one within its TTL.</summary>
    Hit,

    /// <summary>A clean entry past its TTL, within its grace period; or a dirty one that
    /// <see cref="Entries.CacheEntry.HasReturned"/>.</summary>
    Stale,
}

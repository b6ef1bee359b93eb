using Remanso.Entries;

namespace Remanso.Tiers;

/// <summary>What a tier has of a key.</summary>
internal enum TierReadOutcome
{
    /// <summary>Nothing.</summary>
    Miss,

    /// <summary>A dirty entry (unless it <see cref="CacheEntry.HasReturned"/>), or a clean one within its TTL.</summary>
    Hit,

    /// <summary>A clean entry past its TTL, within its grace period; or a dirty one that
    /// <see cref="CacheEntry.HasReturned"/>.</summary>
    Stale,
}

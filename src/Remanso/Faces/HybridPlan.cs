using System.Runtime.InteropServices;
using Microsoft.Extensions.Caching.Hybrid;

namespace Remanso.Faces;

/// <summary>What one call wants, from its own options and the face's: how long, and what to leave out.</summary>
/// <param name="Ttl">How long a value lives; null where it is not to be kept.</param>
/// <param name="Local">How long this process may serve it without asking a remote tier; null: as long as the near cache does.</param>
/// <param name="Skip">What to leave out.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct HybridPlan(TimeSpan? Ttl, TimeSpan? Local, ReadSkip Skip)
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(3650);
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>Composes the options of a call and of the face: of each, the call's where it says something. Its expiration goes
    /// before the face's local one.</summary>
    /// <param name="asked">The call's.</param>
    /// <param name="general">The face's.</param>
    /// <param name="otherwise">The lifetime where neither says one.</param>
    /// <param name="isLocal">Whether the tier is in this process. Then it is what the contract calls the local cache,
    /// and there is no distributed one. Otherwise the near cache is the local one and the tier the distributed one,
    /// without which the near cache has nothing.</param>
    public static HybridPlan Of(HybridCacheEntryOptions? asked, HybridCacheEntryOptions? general, TimeSpan otherwise, bool isLocal)
    {
        var flags = asked?.Flags ?? general?.Flags ?? HybridCacheEntryFlags.None;
        var ttl = asked?.Expiration ?? general?.Expiration ?? otherwise;
        // As in the platform's own: an expiration of the call's is for both caches, unless the call says otherwise.
        var local = asked?.LocalCacheExpiration ?? (asked?.Expiration is null ? general?.LocalCacheExpiration : null);
        if (isLocal && local < ttl)
        {
            ttl = local.Value;
        }

        var skip = isLocal
            ? If(HybridCacheEntryFlags.DisableLocalCacheRead, ReadSkip.TierRead)
                | If(HybridCacheEntryFlags.DisableLocalCacheWrite, ReadSkip.TierWrite)
            : If(HybridCacheEntryFlags.DisableLocalCacheRead, ReadSkip.NearRead)
                | If(HybridCacheEntryFlags.DisableLocalCacheWrite, ReadSkip.NearWrite)
                | If(HybridCacheEntryFlags.DisableDistributedCacheRead, ReadSkip.TierRead)
                | If(HybridCacheEntryFlags.DisableDistributedCacheWrite, ReadSkip.TierWrite | ReadSkip.NearWrite);
        skip |= If(HybridCacheEntryFlags.DisableUnderlyingData, ReadSkip.Load);

        return ttl <= TimeSpan.Zero
            ? new(null, local, skip | ReadSkip.TierWrite | ReadSkip.NearWrite)
            : new(
                ttl < _shortest ? _shortest
                    : ttl > _longest ? _longest
                    : ttl,
                local,
                skip
            );

        ReadSkip If(HybridCacheEntryFlags flag, ReadSkip step) => (flags & flag) == flag ? step : ReadSkip.None;
    }
}

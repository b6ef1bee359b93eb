using System.Runtime.InteropServices;
using Remanso.Entries;

namespace Remanso.Tiers;

/// <summary>What a tier answered to a read.</summary>
/// <param name="Outcome">Whether <paramref name="Entry"/> may be served.</param>
/// <param name="Entry">The entry; a stale one may be served only if the store fails; null on a miss.</param>
/// <param name="Lease">The fill lease's token where it was asked for and given, otherwise 0; or <see cref="NoLeases"/>.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TierRead(TierReadOutcome Outcome, CacheEntry? Entry, long Lease)
{
    /// <summary>In place of a lease: the tier takes no writes now, so nobody gets one, and nobody need be waited for.</summary>
    public const long NoLeases = -1;
}

using System.Runtime.InteropServices;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Redis.Scripts;

/// <summary>What became of a write.</summary>
/// <param name="Outcome">Whether it was accepted.</param>
/// <param name="Version">Its version, or the one that failed its condition.</param>
/// <param name="Dirty">What is dirty in its partition now.</param>
/// <param name="Number">Of a merge: the number that it left, or the bytes.</param>
/// <param name="Kept">Whether a merge left the value as it was.</param>
/// <param name="IsKnown">Whether it was made before.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct WriteReply(
    TierWriteOutcome Outcome,
    long Version,
    DirtyAmount Dirty,
    long Number = 0,
    bool Kept = false,
    bool IsKnown = false
)
{
    /// <summary>The processes of the cache disagree, or nobody has stated what they agree on; nothing was written.</summary>
    public const TierWriteOutcome OtherTerms = (TierWriteOutcome)99;
}

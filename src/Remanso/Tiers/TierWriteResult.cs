using System.Runtime.InteropServices;

namespace Remanso.Tiers;

/// <summary>What became of a write.</summary>
/// <param name="Outcome">Whether it was accepted, and if not, why.</param>
/// <param name="Version">The version issued; of a merge that changed nothing, the one that was there; where the write
/// was refused for what the key holds, the key's current one (0: absent).</param>
/// <param name="RetryAfter">Where the tier is full: after what time another try makes sense.</param>
/// <param name="Number">Of a merge: the number that it left; of one of JSON, the bytes that the value has, or would have.</param>
/// <param name="Kept">Whether a merge left the value as it was, so that nothing was written. Not told of a repetition.</param>
/// <param name="IsKnown">Whether it is a repetition (<see cref="TierWrite.Identity"/>): it was written before, and not again.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TierWriteResult(
    TierWriteOutcome Outcome,
    long Version,
    TimeSpan RetryAfter = default,
    long Number = 0,
    bool Kept = false,
    bool IsKnown = false
);

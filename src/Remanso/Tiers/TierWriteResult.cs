using System.Runtime.InteropServices;

namespace Remanso.Tiers;

/// <summary>What became of a write.</summary>
/// <param name="Outcome">Whether it was accepted, and if not, why.</param>
/// <param name="Version">The version issued; where the write was refused for what the key holds, the key's current one (0: absent).</param>
/// <param name="RetryAfter">Where the tier is full: after what time another try makes sense.</param>
/// <param name="Sum">The number that a write which adds has left.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TierWriteResult(TierWriteOutcome Outcome, long Version, TimeSpan RetryAfter = default, long Sum = 0);

using System.Runtime.InteropServices;
using Remanso.ReadThrough;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>A write that passed the checks at the edge.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PreparedWrite(TierWrite Write, Durability Durability)
{
    /// <summary>How its key is loaded where it needs what the tier does not hold; null for the store's row.</summary>
    public ReadPlan? Plan { get; init; }
}

using System.Runtime.InteropServices;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>A write that passed the checks at the edge.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PreparedWrite(TierWrite Write, Durability Durability);

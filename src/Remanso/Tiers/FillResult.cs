using System.Runtime.InteropServices;
using Remanso.Entries;

namespace Remanso.Tiers;

/// <summary>What became of a fill.</summary>
/// <param name="Filled">Whether the loaded value went in.</param>
/// <param name="Current">What the tier serves for the key after the attempt: the filled entry, a newer one, or null where
/// the fill was voided and nothing is there (the reader loads again).</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FillResult(bool Filled, CacheEntry? Current);

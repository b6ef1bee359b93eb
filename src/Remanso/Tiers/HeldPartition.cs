using System.Runtime.InteropServices;

namespace Remanso.Tiers;

/// <summary>A partition that this process can't flush now.</summary>
/// <param name="Partition">Its number.</param>
/// <param name="Error">What it was refused with, or failed with.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct HeldPartition(int Partition, Exception Error);

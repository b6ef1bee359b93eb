using System.Runtime.InteropServices;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>A write of a partition.</summary>
/// <param name="Write">The write.</param>
/// <param name="Count">How many writes of its key it stands for, each with a version of its own.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PartitionWrite(TierWrite Write, int Count);

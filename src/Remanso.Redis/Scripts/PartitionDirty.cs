using System.Runtime.InteropServices;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>What is dirty in one partition.</summary>
/// <param name="Amount">How much, dead letters not among it.</param>
/// <param name="DeadLetters">How many dead letters.</param>
/// <param name="OldestMicros">For how long the oldest has been dirty.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PartitionDirty(DirtyAmount Amount, long DeadLetters, long OldestMicros);

using System.Runtime.InteropServices;

namespace Remanso.Redis.Tier;

/// <summary>What a look at a partition's state tells.</summary>
/// <param name="Entries">How many entries are dirty.</param>
/// <param name="HasAny">Whether there is a dirty entry or a dead letter.</param>
/// <param name="IsStated">Whether its terms are stated: nobody can write to it before.</param>
/// <param name="Birth">When they were, where it was empty: another than before tells that it is another partition. 0 where it
/// does not say.</param>
/// <param name="LastId">The last id of a marker or dead letter, of its clock: it only grows.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PartitionLook(long Entries, bool HasAny, bool IsStated, long Birth, long LastId);

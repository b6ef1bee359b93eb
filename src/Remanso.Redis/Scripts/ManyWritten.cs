using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>What became of writes that came as one.</summary>
/// <param name="Kind">Whether they were made.</param>
/// <param name="Dirty">What is dirty in their partition now.</param>
/// <param name="MayBeLeased">Whether a fill lease may be in force in it.</param>
/// <param name="Writes">What became of each; empty where none was made.</param>
internal sealed record ManyWritten(ManyWrittenKind Kind, DirtyAmount Dirty, bool MayBeLeased, ManyWritten.Write[] Writes)
{
    /// <summary>What became of one of them.</summary>
    /// <param name="Version">Its version; 0 where it found no room.</param>
    /// <param name="Error">What is wrong with what its key holds, or with the partition; null where nothing is.</param>
    internal readonly record struct Write(long Version, string? Error);
}

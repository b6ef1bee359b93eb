namespace Remanso;

/// <summary>What a process does for one cache.</summary>
/// <param name="Cache">The cache's name.</param>
/// <param name="Flushes">Whether it flushes: it takes partitions where there is a share for it.</param>
/// <param name="Partitions">The partitions whose lease it held with its last heartbeat, ascending.</param>
/// <param name="PartitionCount">The number of all partitions of the cache.</param>
/// <param name="Silence">How long ago the heartbeat was, by the tier's clock.</param>
/// <param name="IsAlive">Whether it missed fewer than three heartbeats.</param>
public sealed record ProcessShare(
    string Cache,
    bool Flushes,
    IReadOnlyList<int> Partitions,
    int PartitionCount,
    TimeSpan Silence,
    bool IsAlive
);

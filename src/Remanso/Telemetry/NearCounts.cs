namespace Remanso;

/// <summary>What the near cache of this process holds now; zeros where there is none.</summary>
/// <param name="Entries">Keys held.</param>
/// <param name="Bytes">Bytes of their keys, encoded values and book-keeping.</param>
public sealed record NearCounts(long Entries, long Bytes)
{
    /// <summary>Copies that had to leave for want of room, since the process started.</summary>
    public long Evicted { get; init; }
}

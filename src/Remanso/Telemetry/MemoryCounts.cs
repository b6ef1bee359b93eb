namespace Remanso;

/// <summary>What the memory tier of this process holds now; zeros where the tier is a server.</summary>
/// <param name="Entries">Keys held, clean and dirty ones.</param>
/// <param name="Bytes">Bytes of their keys, values and book-keeping, as counted against <c>Tier:MaxBytes</c>.</param>
/// <param name="Evicted">Clean entries that had to leave for want of room, since the process started.</param>
public sealed record MemoryCounts(long Entries, long Bytes, long Evicted);

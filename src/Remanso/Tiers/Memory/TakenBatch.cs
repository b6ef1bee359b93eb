namespace Remanso.Tiers.Memory;

/// <summary>What one take hands out, and for how much more there is room.</summary>
internal sealed class TakenBatch(int room)
{
    internal List<TakenEntry> Entries { get; } = new(Math.Clamp(room, 0, 64));

    /// <summary>How many more versions fit.</summary>
    internal int Room { get; private set; } = room;

    internal void Add(TakenEntry entry)
    {
        Entries.Add(entry);
        Room -= entry.Versions;
    }
}

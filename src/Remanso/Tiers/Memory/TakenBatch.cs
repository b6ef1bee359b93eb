namespace Remanso.Tiers.Memory;

/// <summary>What one take hands out, and for how much more there is room.</summary>
internal sealed class TakenBatch(int room, IReadOnlyDictionary<string, long> refused)
{
    internal List<TakenEntry> Entries { get; } = new(Math.Clamp(room, 0, 64));

    /// <summary>How many more versions fit.</summary>
    internal int Room { get; private set; } = room;

    /// <summary>How many versions of a key fit: of one that was refused no more than shows whether it still is.</summary>
    internal int RoomOf(string key) => refused.ContainsKey(key) ? 1 : Room;

    internal void Add(TakenEntry entry)
    {
        Entries.Add(entry);
        Room -= entry.Versions;
    }
}

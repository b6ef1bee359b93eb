namespace Remanso.Tiers.Memory;

/// <summary>
/// The mark that a key is dirty. It stands first in the queue of its partition, then, taken, among the unsettled ones; guarded by the
/// partition's gate.
/// </summary>
internal sealed class Marker(MemorySlot slot, long since)
{
    /// <summary>The dirty key.</summary>
    internal MemorySlot Slot { get; } = slot;

    /// <summary>When the first of the writes that it stands for happened (microseconds, tier clock).</summary>
    internal long Since { get; } = since;

    /// <summary>The version with which it was last taken.</summary>
    internal long TakenVersion { get; set; }

    /// <summary>The number of the last removal by tag before it was last taken: a row that the store gives for it is at
    /// least as new.</summary>
    internal long TakenStamp { get; set; }

    /// <summary>The list that holds it.</summary>
    internal MarkerList? List { get; set; }

    /// <summary>The neighbour that came before.</summary>
    internal Marker? Previous { get; set; }

    /// <summary>The neighbour that came after.</summary>
    internal Marker? Next { get; set; }
}

namespace Remanso.Redis.Tier;

/// <summary>What a settlement must know of the queue and of the entry.</summary>
/// <param name="Batch">The markers with which it was taken.</param>
/// <param name="Place">The key's place among them.</param>
/// <param name="Mark">The entry's mark at the time it was taken: an entry is unchanged as long as that and its version are.</param>
/// <param name="Header">The entry's header at that time where it is simple (<see cref="EntryLayout.IsSimple"/>), else nothing.</param>
internal sealed record TakenMarker(TakenBatch Batch, int Place, long Mark, ReadOnlyMemory<byte> Header);

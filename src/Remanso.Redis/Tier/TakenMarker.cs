namespace Remanso.Redis.Tier;

/// <summary>What a settlement must know of the queue.</summary>
/// <param name="Oldest">The marker under which the entry was taken.</param>
/// <param name="Mark">The entry's own mark at that time: a newer marker, where the key was written again since a worker that died took it. An entry is unchanged as long as this
/// and its version are.</param>
internal sealed record TakenMarker(long Oldest, long Mark);

namespace Remanso.Redis.Tier;

/// <summary>What a settlement must know of the queue.</summary>
/// <param name="Mark">The entry's mark at the time it was taken: an entry is unchanged as long as that and its version are.</param>
/// <param name="Number">The number of the partition's last removal by tag or fill lease when it was taken.</param>
/// <param name="Batch">The markers with which it was taken.</param>
internal sealed record TakenMarker(long Mark, long Number, TakenBatch Batch);

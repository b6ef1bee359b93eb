namespace Remanso.Scale.Model;

/// <summary>What all processes share of a partition: where it is, and how many of its keys have a marker.</summary>
/// <param name="shard">Where it is.</param>
/// <param name="keys">How many keys it has.</param>
internal sealed class PartitionModel(RedisShard shard, double keys)
{
    public RedisShard Shard => shard;

    /// <summary>Keys with a marker in the queue.</summary>
    public int Queued { get; set; }

    /// <summary>Whether a write is the first of its key since that was taken; any key is as likely.</summary>
    public bool IsFirst(Random random)
    {
        var isFirst = random.NextDouble() * keys >= Queued;
        Queued += isFirst ? 1 : 0;
        return isFirst;
    }
}

namespace Remanso.Scale.Model;

/// <summary>What all processes share of a partition: where it is, and how many of its keys have a marker.</summary>
/// <param name="index">Its number.</param>
/// <param name="master">Where it is.</param>
/// <param name="keys">How many keys it has.</param>
/// <param name="batchSize">How many markers make a batch.</param>
/// <param name="filled">Tells the workers of a full batch.</param>
internal sealed class PartitionModel(int index, RedisMaster master, double keys, int batchSize, Action filled)
{
    public int Index => index;

    public RedisMaster Master => master;

    /// <summary>Keys with a marker in the queue.</summary>
    public int Queued { get; set; }

    /// <summary>When something was last taken from it.</summary>
    public double ServedAt { get; set; }

    /// <summary>One more write.</summary>
    /// <returns>Whether it is the first of its key since that was taken; any key is as likely.</returns>
    public bool Write(Random random)
    {
        if (random.NextDouble() * keys < Queued)
        {
            return false;
        }

        if (++Queued == batchSize)
        {
            filled();
        }

        return true;
    }
}

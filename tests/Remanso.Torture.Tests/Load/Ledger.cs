namespace Remanso.Torture.Tests.Load;

/// <summary>What the API acknowledged: of each key the highest version, and the write that got it.</summary>
/// <param name="keys">How many keys there are.</param>
/// <param name="before">The ledger that this one replaced. Between the loss and the replacement writes were made and
/// noted there: they may have the last word.</param>
internal sealed class Ledger(int keys, Ledger? before = null)
{
    private readonly Lock _gate = new();
    private readonly long[] _versions = new long[keys];
    private readonly long[] _writes = new long[keys];
    private readonly bool[] _doubted = new bool[keys];

    /// <summary>How many keys there are, written or not.</summary>
    public int Keys => keys;

    /// <summary>The ledger that this one replaced, if one was.</summary>
    public Ledger? Before => before;

    /// <summary>Notes a batch.</summary>
    /// <param name="writes">Key and number of each write.</param>
    /// <param name="versions">Their versions; 0 where the API refused.</param>
    public void Acknowledge(ReadOnlySpan<NumberedWrite> writes, ReadOnlySpan<long> versions)
    {
        lock (_gate)
        {
            for (var i = 0; i < writes.Length; i++)
            {
                var key = writes[i].Key;
                if (versions[i] > _versions[key])
                {
                    (_versions[key], _writes[key]) = (versions[i], writes[i].Number);
                }
            }
        }
    }

    /// <summary>Notes a batch of which nobody knows what became: its versions may turn up without having been acknowledged.</summary>
    public void Doubt(ReadOnlySpan<NumberedWrite> writes)
    {
        lock (_gate)
        {
            foreach (var write in writes)
            {
                _doubted[write.Key] = true;
            }
        }
    }

    /// <summary>What is known of a key; a version of 0 where nothing was acknowledged.</summary>
    public (long Version, long Write, bool Doubted) this[int key]
    {
        get
        {
            lock (_gate)
            {
                return (_versions[key], _writes[key], _doubted[key]);
            }
        }
    }
}

namespace Remanso.Redis.Tier;

/// <summary>The names of one partition's keys. They share a hash tag, so that a cluster keeps them together.</summary>
internal sealed class PartitionKeys
{
    private readonly string _entry;
    private readonly string _lease;

    public PartitionKeys(string cache, int index)
    {
        Index = index;
        var tag = $"rm:{{{cache}:{index}}}:";
        _entry = tag + "e:";
        _lease = tag + "l:";
        State = tag + "s";
        Queue = tag + "q";
        Owner = tag + "own";
        DeadLetters = tag + "dead";
        Channel = tag + "ch";
    }

    /// <summary>Which partition it is, from 0.</summary>
    public int Index { get; }

    /// <summary>
    /// A hash of sums and counters: dirty entries (e) and bytes (b), dead letters (d), queued markers (m), the highest version that was ahead
    /// of the clock (h), the epoch, which every invalidation of all raises (i), the last token of a fill lease (k) and of the partition's (o).
    /// </summary>
    public string State { get; }

    /// <summary>The stream of markers. Their order is their age; those that were taken and are not settled come first.</summary>
    public string Queue { get; }

    /// <summary>The partition lease: fencing token and worker.</summary>
    public string Owner { get; }

    /// <summary>The stream of dead letters.</summary>
    public string DeadLetters { get; }

    /// <summary>The channel of the partition's signals: a sharded one, heard and relayed by the server of its slot alone.</summary>
    public string Channel { get; }

    /// <summary>The hash of a key's entry, <see cref="EntryFields"/>.</summary>
    public string EntryOf(string key) => string.Concat(_entry, key);

    /// <summary>The string of a key's fill lease: holder, token, epoch, and a 'w' where somebody waits for its end.</summary>
    public string LeaseOf(string key) => string.Concat(_lease, key);
}

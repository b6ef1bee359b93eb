using System.Globalization;
using System.Text;

namespace Remanso.Redis.Tier;

/// <summary>The names of one partition's keys. They share a hash tag, so that a cluster keeps them together.</summary>
internal sealed class PartitionKeys
{
    private readonly string _entry;
    private readonly string _lease;
    private readonly string _note;
    private readonly string _kept;

    public PartitionKeys(string prefix, string cache, int index)
    {
        Index = index;
        var tag = $"{prefix}:{{{cache}:{index}}}:";
        _entry = tag + "e:";
        EntryPrefixLength = Encoding.UTF8.GetByteCount(_entry);
        _lease = tag + "l:";
        _note = tag + "i:";
        _kept = tag + "h:";
        State = tag + "s";
        Queue = tag + "q";
        Owner = tag + "own";
        DeadLetters = tag + "dead";
        Channel = tag + "ch";
        Removals = tag + "t";
        Written = tag + "w";
    }

    /// <summary>Which partition it is, from 0.</summary>
    public int Index { get; }

    /// <summary>The <see cref="Index"/> of the partition that a name belongs to.</summary>
    public static int IndexOf(string name)
    {
        var end = name.LastIndexOf('}');
        return int.Parse(name.AsSpan()[(name.LastIndexOf(':', end) + 1)..end], NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>The string of sums and counters, <see cref="PartitionState"/>; and the name of the channel of changes,
    /// which only near caches listen to.</summary>
    public string State { get; }

    /// <summary>The stream of markers. Their order is their age; those that were taken and are not settled come first.</summary>
    public string Queue { get; }

    /// <summary>The partition lease: fencing token and worker.</summary>
    public string Owner { get; }

    /// <summary>The stream of dead letters.</summary>
    public string DeadLetters { get; }

    /// <summary>A sorted set of removed tags, scored with the number of their last removal.</summary>
    public string Removals { get; }

    /// <summary>The channel of the partition's other signals: a sharded one, heard and relayed by the server of its slot alone.</summary>
    public string Channel { get; }

    /// <summary>A string that means nothing: what a WAIT stands behind.</summary>
    public string Written { get; }

    /// <summary>The bytes of an entry's name before its key.</summary>
    public int EntryPrefixLength { get; }

    /// <summary>The string of a key's entry, <see cref="EntryLayout"/>.</summary>
    public string EntryOf(string key) => string.Concat(_entry, key);

    /// <summary>The stream of a key's versions that were overwritten before they were stored, each an entry under the
    /// id of its version; only where the cache keeps every version.</summary>
    public string KeptOf(string key) => string.Concat(_kept, key);

    /// <summary>The string of what became of a write with an identity: what it wrote in short, its version, its sum.</summary>
    public string NoteOf(string key, string id) => $"{_note}{id.Length}:{id}:{key}";

    /// <summary>The string of a key's fill lease: holder, token, epoch, the dirty entry that has returned with which
    /// the load is to be compared, and a 'w' where somebody waits for its end.</summary>
    public string LeaseOf(string key) => string.Concat(_lease, key);
}

using System.Collections.Concurrent;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>What one pass over the queues did so far; its lanes share it.</summary>
internal sealed class FlushPass
{
    private long _taken;
    private long _stored;

    /// <summary>Whether it is to be one small batch, which tells whether a store that failed is back.</summary>
    public bool IsProbe { get; init; }

    /// <summary>When what is dirty was looked at, and for how long from then on the flush keeps up with the writes.</summary>
    public (long Since, TimeSpan For) InTime { get; set; }

    /// <summary>How many beats there had been when it began.</summary>
    public long Beats { get; init; }

    /// <summary>Entries taken.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>Entries that the store holds now.</summary>
    public long Stored => Volatile.Read(ref _stored);

    /// <summary>The partitions in which it looked for something to take; true for those in which it tried all there was.</summary>
    public ConcurrentDictionary<int, bool> Looked { get; } = new();

    /// <summary>The leases under which there was nothing to take, or nothing more.</summary>
    public ConcurrentBag<PartitionLease> Empty { get; } = [];

    /// <summary>The keys that failed, and why.</summary>
    public ConcurrentDictionary<string, string> Failed { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether what was refused before is tried again although its back-off is not over.</summary>
    public bool IsByHand { get; init; }

    /// <summary>The transient error that ended a lane, if one did.</summary>
    public Exception? Error { get; set; }

    /// <summary>What the store said of an entry that it refused and that waits for its next try; null where there is none.</summary>
    public string? Refusal { get; set; }

    /// <summary>The error behind <see cref="Refusal"/>, where it came in this pass.</summary>
    public Exception? RefusedBy { get; set; }

    /// <summary>Whether the store failed to take a batch for a transient reason.</summary>
    public bool StoreFailed { get; set; }

    /// <summary>Whether it tried all there was in some partitions.</summary>
    public bool IsWhole(IEnumerable<int> partitions) => partitions.All(partition => Looked.GetValueOrDefault(partition));

    public void NoteLook(IEnumerable<PartitionLease> leases, bool isWhole = false)
    {
        foreach (var lease in leases)
        {
            Looked[lease.Partition] = isWhole;
        }
    }

    public void NoteEmpty(IEnumerable<PartitionLease> leases)
    {
        foreach (var lease in leases)
        {
            Empty.Add(lease);
        }
    }

    public void AddTaken(int entries) => Interlocked.Add(ref _taken, entries);

    public void AddStored(int entries) => Interlocked.Add(ref _stored, entries);
}

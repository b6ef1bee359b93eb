using System.Collections.Concurrent;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>The partitions that this process can't flush, and why: the others go on meanwhile.</summary>
internal sealed class PartitionFaults
{
    private readonly ConcurrentDictionary<int, Exception> _leases = new();
    private readonly ConcurrentDictionary<int, Exception> _takes = new();
    private readonly ConcurrentDictionary<int, Exception> _settlements = new();

    /// <summary>All of them, by their number.</summary>
    public IReadOnlyList<HeldPartition> Held =>
        _leases.IsEmpty && _takes.IsEmpty && _settlements.IsEmpty
            ? []
            :
            [
                .. _leases
                    .Concat(_takes)
                    .Concat(_settlements)
                    .DistinctBy(static fault => fault.Key)
                    .OrderBy(static fault => fault.Key)
                    .Select(static fault => new HeldPartition(fault.Key, fault.Value)),
            ];

    /// <summary>What is wrong with them in one sentence, or null.</summary>
    public string? Problem =>
        Held is [var first, ..] held
            ? $"{held.Count} of the partitions can't be flushed, {first.Partition} the first of them: {first.Error.Message}"
            : null;

    /// <summary>Asking for a partition's lease has failed.</summary>
    public void NoteLease(int partition, Exception error) => _leases[partition] = error;

    /// <summary>It has passed.</summary>
    public void NoteLeased(int partition) => _leases.TryRemove(partition, out _);

    /// <summary>Taking from a partition has failed.</summary>
    public void NoteTake(int partition, Exception error) => _takes[partition] = error;

    /// <summary>It has passed.</summary>
    public void NoteTaken(int partition) => _takes.TryRemove(partition, out _);

    /// <summary>Settling what was taken from a partition has failed: a take that passes says nothing of that.</summary>
    public void NoteSettlement(int partition, Exception error) => _settlements[partition] = error;

    /// <summary>It has passed.</summary>
    public void NoteSettled(int partition) => _settlements.TryRemove(partition, out _);

    /// <summary>A partition has nothing queued: so nothing to take, and what could not be settled was settled without an
    /// answer, or is gone.</summary>
    public void NoteEmpty(int partition)
    {
        NoteTaken(partition);
        NoteSettled(partition);
    }

    /// <summary>All others are nothing that this process flushes.</summary>
    /// <param name="wanted">The partitions whose leases were asked for.</param>
    /// <param name="held">Those whose leases are held.</param>
    public void KeepOnly(IEnumerable<int> wanted, IReadOnlyCollection<int> held)
    {
        Remove(_leases, wanted);
        Remove(_takes, held);
        Remove(_settlements, held);
    }

    private static void Remove(ConcurrentDictionary<int, Exception> faults, IEnumerable<int> allBut)
    {
        if (faults.IsEmpty)
        {
            return;
        }

        foreach (var partition in faults.Keys.Except(allBut))
        {
            faults.TryRemove(partition, out _);
        }
    }
}

using System.Collections.Concurrent;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>The partitions that this process can't flush, and why: the others go on meanwhile.</summary>
internal sealed class PartitionFaults
{
    private readonly ConcurrentDictionary<int, string> _leases = new();
    private readonly ConcurrentDictionary<int, string> _takes = new();

    /// <summary>What is wrong with them in one sentence, or null.</summary>
    public string? Problem
    {
        get
        {
            int[] partitions = [.. _leases.Keys.Union(_takes.Keys).Order()];
            return
                partitions.Length > 0 && (_leases.GetValueOrDefault(partitions[0]) ?? _takes.GetValueOrDefault(partitions[0])) is { } error
                ? $"{partitions.Length} of the partitions can't be flushed, {partitions[0]} the first of them: {error}"
                : null;
        }
    }

    /// <summary>What came of asking for a partition's lease.</summary>
    public void NoteLease(int partition, Exception? error) => Note(_leases, partition, error);

    /// <summary>What came of taking from a partition.</summary>
    public void NoteTake(int partition, Exception? error) => Note(_takes, partition, error);

    /// <summary>What came of taking from some partitions.</summary>
    /// <param name="items">What was asked for.</param>
    /// <param name="partitionOf">The partition of each.</param>
    /// <param name="attempts">What came of each.</param>
    public void NoteTakes<TItem, TResult>(IReadOnlyList<TItem> items, Func<TItem, int> partitionOf, Attempt<TResult>[] attempts)
    {
        for (var i = 0; i < attempts.Length; i++)
        {
            NoteTake(partitionOf(items[i]), attempts[i].Error);
        }
    }

    /// <summary>All others are nothing that this process flushes.</summary>
    /// <param name="wanted">The partitions whose leases were asked for.</param>
    /// <param name="held">Those whose leases are held.</param>
    public void KeepOnly(IEnumerable<int> wanted, IEnumerable<int> held)
    {
        Remove(_leases, wanted);
        Remove(_takes, held);
    }

    private static void Remove(ConcurrentDictionary<int, string> faults, IEnumerable<int> allBut)
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

    private static void Note(ConcurrentDictionary<int, string> faults, int partition, Exception? error)
    {
        if (error is not null)
        {
            faults[partition] = error.Message;
        }
        else if (!faults.IsEmpty)
        {
            faults.TryRemove(partition, out _);
        }
    }
}

using Remanso.Telemetry;
using Remanso.Tiers.Eviction;

namespace Remanso.Tiers.Memory;

// Its lock comes before the partitions' gates (an eviction asks the slot, which takes its gate), so nobody calls it
// from within one: a change is made under the gate first and reported here afterwards. In between, other changes of the
// slot may have come and been reported; therefore Apply takes no deltas but looks at the slot as it is, and the last
// report leaves the sums right whatever the order.
//
// Best effort: between a change and its report the tier may exceed the bound, by one entry per thread that writes.

/// <summary>Keeps the tier within its bytes: clean entries leave, dirty ones are pinned.</summary>
internal sealed class MemoryBound(long maxBytes)
{
    private readonly Lock _gate = new();
    private readonly S3FifoPolicy _policy = new(maxBytes);

    /// <summary>Who hears of evictions.</summary>
    internal CacheEvents Events { get; set; } = new();

    /// <summary>How many left for want of room.</summary>
    internal ThreadCounter Evicted { get; set; } = new();

    /// <summary>Keys and bytes accounted for.</summary>
    internal (long Entries, long Bytes) Sum
    {
        get
        {
            lock (_gate)
            {
                return (_policy.Count, _policy.TotalWeight);
            }
        }
    }

    /// <summary>Takes note of what became of a slot (entered, weighs otherwise, became clean, left), and evicts where need be.</summary>
    internal void Apply(MemorySlot slot)
    {
        var evicted = Events.Wants(CacheEventKinds.Evicted) ? new List<MemorySlot>() : null;
        ApplyOnce(slot, evicted);
        if (evicted is not null)
        {
            foreach (var gone in evicted)
            {
                Events.Read(CacheEventKinds.Evicted, gone.Key, ReadSource.Tier, gone.Entry.Version);
            }
        }
    }

    private void ApplyOnce(MemorySlot slot, List<MemorySlot>? evicted)
    {
        lock (_gate)
        {
            if (!slot.IsResident)
            {
                _policy.Remove(slot);
                return;
            }

            var entry = slot.Entry;
            var weight = MemorySlot.WeightOf(slot.Key, entry) + KeptWeightOf(slot);
            if (slot.Weight != weight)
            {
                _policy.Reweigh(slot, weight);
            }

            if (slot.Queue is null)
            {
                _policy.Add(slot);
            }
            else if (!entry.IsDirty)
            {
                _policy.Unpin(slot);
            }

            while (_policy.IsOverCapacity && _policy.TryEvict(out var victim))
            {
                Evicted.Add();
                evicted?.Add((MemorySlot)victim);
            }
        }
    }

    private static long KeptWeightOf(MemorySlot slot)
    {
        if (!slot.Partition.KeepsVersions)
        {
            return 0;
        }

        lock (slot.Partition.Gate)
        {
            return slot.Partition.KeptOf(slot.Key).Weight;
        }
    }
}

using Remanso.Tiers.Eviction;

namespace Remanso.Near;

// Its lock comes before the stripes' (an eviction takes the stripe's), so a change is made in the stripe first and
// reported here afterwards, as in Tiers.Memory.MemoryBound: a report looks at the slot as it is, so reports that
// overtake each other leave the sums right.

/// <summary>Keeps the near cache within its entries and bytes, with the eviction policy of the memory tier.</summary>
internal sealed class NearBound(NearOptions options)
{
    private readonly Lock _gate = new();
    private readonly S3FifoPolicy _policy = new(options.MaxBytes);
    private readonly int _maxEntries = options.MaxEntries;

    public (int Entries, long Bytes) Sum
    {
        get
        {
            lock (_gate)
            {
                return (_policy.Count, _policy.TotalWeight);
            }
        }
    }

    /// <summary>A copy came in, maybe in the place of another.</summary>
    /// <param name="table">The table, from which others may have to leave.</param>
    /// <param name="slot">The copy.</param>
    /// <param name="replaced">The other one.</param>
    /// <param name="evicted">Gets those that had to leave; null where nobody asks.</param>
    /// <returns>How many had to leave.</returns>
    public int Entered<TKey, TValue>(
        NearTable<TKey, TValue> table,
        NearSlot<TKey, TValue> slot,
        NearSlot<TKey, TValue>? replaced,
        List<NearSlot<TKey, TValue>>? evicted
    )
        where TKey : notnull
    {
        lock (_gate)
        {
            if (!slot.IsResident)
            {
                if (replaced is not null)
                {
                    _policy.Remove(replaced);
                }

                return 0;
            }

            if (replaced is null)
            {
                _policy.Add(slot);
            }
            else
            {
                _policy.Replace(replaced, slot);
            }

            var left = 0;
            while ((_policy.IsOverCapacity || _policy.Count > _maxEntries) && _policy.TryEvict(out var victim))
            {
                table.Retire((NearSlot<TKey, TValue>)victim);
                evicted?.Add((NearSlot<TKey, TValue>)victim);
                left++;
            }

            return left;
        }
    }

    /// <summary>A copy was dropped because its key changed: the key itself is as wanted as before.</summary>
    public void Left(EvictionNode slot)
    {
        lock (_gate)
        {
            _policy.Remove(slot, comesBack: true);
        }
    }
}

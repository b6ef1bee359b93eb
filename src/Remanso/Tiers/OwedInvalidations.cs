namespace Remanso.Tiers;

// Best effort: they are this process's memory. What it still owed when it died is served until the copies' TTL ends.

/// <summary>The keys whose copies in the tier are to be dropped once it can be reached. Bounded: past
/// <see cref="Most"/> keys, every clean copy is dropped instead.
/// </summary>
internal sealed class OwedInvalidations(ICacheTier tier)
{
    /// <summary>How many keys are remembered.</summary>
    public const int Most = 10_000;

    private readonly Lock _gate = new();
    private readonly HashSet<string>?[] _keys = new HashSet<string>?[tier.Partitions];
    private int _count;
    private bool _all;

    /// <summary>Whether anything is owed.</summary>
    public bool Any
    {
        get
        {
            lock (_gate)
            {
                return _all || _count > 0;
            }
        }
    }

    public void Add(IEnumerable<string> keys)
    {
        lock (_gate)
        {
            foreach (var key in keys)
            {
                Add(key);
            }
        }
    }

    /// <summary>Owes all copies.</summary>
    public void AddAll()
    {
        lock (_gate)
        {
            Array.Clear(_keys);
            (_count, _all) = (0, true);
        }
    }

    /// <summary>Drops what is owed in one partition; in all of them where the keys were too many to remember.</summary>
    /// <exception cref="TierUnavailableException">The tier can't be reached; they are still owed.</exception>
    public async ValueTask PayAsync(int partition, CancellationToken cancellationToken)
    {
        var (keys, all) = Take(partition);
        try
        {
            if (all)
            {
                await tier.InvalidateAllAsync(cancellationToken).ConfigureAwait(false);
            }
            else if (keys is not null)
            {
                await tier.InvalidateAsync([.. keys], cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            lock (_gate)
            {
                _all |= all;
            }

            Add(keys ?? []);
            throw;
        }
    }

    private (HashSet<string>? Keys, bool All) Take(int partition)
    {
        lock (_gate)
        {
            var taken = (_keys[partition], _all);
            _count -= _keys[partition]?.Count ?? 0;
            _keys[partition] = null;
            _all = false;
            return taken;
        }
    }

    private void Add(string key)
    {
        if (_count >= Most)
        {
            Array.Clear(_keys);
            (_count, _all) = (0, true);
        }

        if (!_all && (_keys[Partition.Of(key, _keys.Length)] ??= new HashSet<string>(StringComparer.Ordinal)).Add(key))
        {
            _count++;
        }
    }
}

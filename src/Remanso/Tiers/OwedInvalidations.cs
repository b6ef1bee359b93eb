using Remanso.Common;

namespace Remanso.Tiers;

// Whoever comes first pays for all who owe in a partition. Who finds that another has taken his keys shares that
// payment's end, or the next one: so no write returns, and no partition is used again, before its copies are gone.
//
// Two debts cover everything. Keys that were too many to remember hold their partitions back until they are paid.
// Changes of others that were missed (AddAll) don't: what is served meanwhile is no older than its TTL says.
//
// A key that was written past the tier may be a dead letter there, which nobody would ever compare with its row: so it
// is replayed, loses to the row at its flush, and is counted as superseded. One that is newer than its row is refused
// again.
//
// Best effort: they are this process's memory. What it still owed when it died is served until the copies' TTL ends; a dead
// letter until people see to it.

/// <summary>The keys whose copies in the tier are to be dropped once it can be reached. Bounded: past
/// <see cref="Most"/> keys, every clean copy is dropped instead.
/// </summary>
internal sealed class OwedInvalidations
{
    /// <summary>How many keys are remembered.</summary>
    public const int Most = 10_000;

    private readonly ICacheTier _tier;
    private readonly Lock _gate = new();

    /// <summary>For each partition its keys, and whether they were written past the tier.</summary>
    private readonly Dictionary<string, bool>?[] _keys;
    private readonly SharedRounds<int, bool>?[] _payments;
    private readonly SharedRounds<bool, bool> _allPayments;

    /// <summary>For each partition, the last debt of everything that stands for keys of its own.</summary>
    private readonly long[] _forgotten;
    private int _count;
    private long _allOwed;
    private long _allPaid;

    /// <summary>The last debt of everything that stands for keys that were written past the tier.</summary>
    private long _writtenForgotten;

    public OwedInvalidations(ICacheTier tier)
    {
        _tier = tier;
        _keys = new Dictionary<string, bool>?[tier.Partitions];
        _payments = new SharedRounds<int, bool>?[tier.Partitions];
        _forgotten = new long[tier.Partitions];
        _allPayments = new SharedRounds<bool, bool>(_ => DropAllAsync());
    }

    /// <summary>Whether anything is owed.</summary>
    public bool Any
    {
        get
        {
            lock (_gate)
            {
                return _allOwed > _allPaid || _count > 0;
            }
        }
    }

    /// <param name="keys">The keys.</param>
    /// <param name="areWritten">Whether they were written past the tier, so that a dead letter is no longer their value.</param>
    public void Add(IEnumerable<string> keys, bool areWritten)
    {
        lock (_gate)
        {
            foreach (var key in keys)
            {
                Add(key, areWritten);
            }
        }
    }

    /// <summary>Owes all copies.</summary>
    public void AddAll()
    {
        lock (_gate)
        {
            _allOwed++;
        }
    }

    /// <summary>Drops what is owed in one partition; in all of them where its keys were too many to remember.</summary>
    /// <exception cref="TierUnavailableException">The tier can't be reached; they are still owed.</exception>
    public async Task PayAsync(int partition)
    {
        await PaymentsOf(partition).JoinAsync(partition).ConfigureAwait(false);
        await PayUntilAsync(Read(ref _forgotten[partition])).ConfigureAwait(false);
    }

    /// <summary>Drops all copies, where all are owed.</summary>
    /// <exception cref="TierUnavailableException">The tier can't be reached; they are still owed.</exception>
    public Task PayAllAsync() => PayUntilAsync(Read(ref _allOwed));

    private async Task PayUntilAsync(long debt)
    {
        if (Read(ref _allPaid) < debt)
        {
            await _allPayments.JoinAsync(true).ConfigureAwait(false);
        }
    }

    private async Task<bool> DropAllAsync()
    {
        var debt = Read(ref _allOwed);
        if (Read(ref _allPaid) >= debt)
        {
            return false;
        }

        await _tier.InvalidateAllAsync(CancellationToken.None).ConfigureAwait(false);
        if (Read(ref _writtenForgotten) > Read(ref _allPaid))
        {
            // Any of them may be one of those keys.
            var letters = await _tier.ListDeadLettersAsync(int.MaxValue, CancellationToken.None).ConfigureAwait(false);
            await ReplayAsync([.. letters.Select(static letter => letter.Key)]).ConfigureAwait(false);
        }

        lock (_gate)
        {
            _allPaid = Math.Max(_allPaid, debt);
        }

        return true;
    }

    private async Task<bool> DropAsync(int partition)
    {
        if (Take(partition) is not { } keys)
        {
            return false;
        }

        try
        {
            // Neither needs the other: together they are one round trip.
            await Task.WhenAll(
                    _tier.InvalidateAsync([.. keys.Keys], CancellationToken.None).AsTask(),
                    ReplayAsync([.. keys.Where(static key => key.Value).Select(static key => key.Key)]).AsTask()
                )
                .ConfigureAwait(false);
            return true;
        }
        catch
        {
            lock (_gate)
            {
                foreach (var (key, isWritten) in keys)
                {
                    Add(key, isWritten);
                }
            }

            throw;
        }
    }

    private async ValueTask ReplayAsync(string[] written)
    {
        if (written.Length > 0)
        {
            await _tier.ReplayDeadLettersAsync(written, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private SharedRounds<int, bool> PaymentsOf(int partition)
    {
        lock (_gate)
        {
            return _payments[partition] ??= new SharedRounds<int, bool>(DropAsync);
        }
    }

    private long Read(ref long debt)
    {
        lock (_gate)
        {
            return debt;
        }
    }

    private Dictionary<string, bool>? Take(int partition)
    {
        lock (_gate)
        {
            var taken = _keys[partition];
            _count -= taken?.Count ?? 0;
            _keys[partition] = null;
            return taken;
        }
    }

    private void Add(string key, bool isWritten)
    {
        if (_count >= Most)
        {
            Forget();
        }

        var keys = _keys[Partition.Of(key, _keys.Length)] ??= new Dictionary<string, bool>(StringComparer.Ordinal);
        if (!keys.TryGetValue(key, out var wasWritten))
        {
            _count++;
        }

        keys[key] = isWritten || wasWritten;
    }

    private void Forget()
    {
        _allOwed++;
        for (var partition = 0; partition < _keys.Length; partition++)
        {
            if (_keys[partition] is { } keys)
            {
                if (keys.ContainsValue(true))
                {
                    _writtenForgotten = _allOwed;
                }

                _keys[partition] = null;
                _forgotten[partition] = _allOwed;
            }
        }

        _count = 0;
    }
}

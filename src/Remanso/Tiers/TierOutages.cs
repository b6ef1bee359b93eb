using Microsoft.Extensions.Logging;
using Remanso.Common;
using Remanso.Telemetry;

namespace Remanso.Tiers;

// States, per partition, for servers of a cluster fail one by one: up, down. A failed read makes a partition down and
// has all others looked at; a failed write only has them looked at, for a server that refuses writes (out of memory, a
// full disk, too few replicas) still answers reads. What such a server refuses to a reader (a lease, a fill) says nothing
// of its copies either. A look that is answered brings a partition up, after the copies that writes past the tier made
// stale were dropped there (OwedInvalidations). While they are, the partition is returning: writes past the tier drop
// their copies themselves, or one that comes between the last payment and the first read would leave its own.
//
// One loop looks: at the down partitions with a back-off, at one partition a second while all is well, so that an idle
// process notices too.
//
// A local tier is never down.

/// <summary>Knows which partitions of a remote tier can't be reached, so that only the first callers wait for that to
/// turn out; and sees when they are back.</summary>
internal sealed class TierOutages(ICacheTier tier, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan _watchEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _firstDelay = TimeSpan.FromMilliseconds(50);

    private readonly ILogger _logger = SafeLogger.Of(logger);
    private readonly bool _isWatched = !tier.IsLocal;
    private readonly bool[] _down = new bool[tier.Partitions];
    private readonly bool[] _returning = new bool[tier.Partitions];
    private readonly string[] _probes = new string[tier.Partitions];
    private readonly OwedInvalidations _owed = new(tier);
    private readonly Lock _gate = new();
    private int _downCount;
    private int _turn;
    private volatile string? _problem;
    private volatile string? _reason;
    private volatile TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Called when a partition goes down: readers are about to be answered past the tier, and what was read
    /// from it before may be older.</summary>
    public Action? WhenDown { get; set; }

    /// <summary>Called before a partition is used again, with whether it is the last one: what was kept beside it is older
    /// than what others wrote there.</summary>
    public Action<int, bool>? WhenUp { get; set; }

    /// <summary>What is wrong, or null.</summary>
    public string? Problem => _problem;

    /// <summary>How many partitions are down.</summary>
    public int DownCount => Volatile.Read(ref _downCount);

    /// <summary>Whether any partition is down.</summary>
    public bool Any => DownCount != 0;

    /// <summary>Whether the key's partition is down.</summary>
    public bool IsDown(string key) => Any && IsDown(Partition.Of(key, _down.Length));

    /// <summary>Whether a partition is down.</summary>
    public bool IsDown(int partition) => Volatile.Read(ref _down[partition]);

    /// <summary>Fails at once where waiting for the tier would only take longer.</summary>
    /// <exception cref="TierUnavailableException">The key's partition is down.</exception>
    public void ThrowIfDown(string key)
    {
        if (WhyDown(key) is { } error)
        {
            throw error;
        }
    }

    /// <summary>What a call for the key would fail with, where waiting for the tier would only take longer; null where its
    /// partition is up.</summary>
    public TierUnavailableException? WhyDown(string key) =>
        IsDown(key) ? new(_problem ?? "The tier can't be reached.", mayHaveHappened: false) { Reason = _reason } : null;

    /// <summary>A read of the key could not reach the tier.</summary>
    public void ReadFailed(string key, TierUnavailableException exception)
    {
        if (_isWatched && !exception.RefusesWrites)
        {
            Mark(Partition.Of(key, _down.Length), exception);
            Look();
        }
    }

    /// <summary>A write, or a look at what is dirty, could not reach the tier, or was refused by it.</summary>
    public void WriteFailed()
    {
        if (_isWatched)
        {
            Look();
        }
    }

    /// <summary>Drops the tier's copies of keys that the store has newer rows of: now, or as soon as the tier is back.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="areWritten">Whether they were written past the tier: those that are dead letters there are then replayed,
    /// so that the next flush finds their rows newer.</param>
    public async ValueTask InvalidateAsync(IReadOnlyList<string> keys, bool areWritten)
    {
        _owed.Add(keys, areWritten);
        foreach (var partition in keys.Select(key => Partition.Of(key, _down.Length)).Distinct().Where(IsPaidAtOnce))
        {
            try
            {
                await _owed.PayAsync(partition).ConfigureAwait(false);
            }
            catch (TierUnavailableException exception)
            {
                // Down for this process until that is done: it must not serve what it has just replaced.
                Mark(partition, exception);
                Look();
            }
        }
    }

    /// <summary>Drops all of the tier's copies: now, or as soon as the tier is back.</summary>
    public async ValueTask InvalidateAllAsync()
    {
        _owed.AddAll();
        try
        {
            await _owed.PayAllAsync().ConfigureAwait(false);
        }
        catch (TierUnavailableException)
        {
            // No partition is marked: which ones failed is not known, and what they serve is no older than their TTL says.
            Look();
        }
    }

    /// <summary>Looks at the tier until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        if (!_isWatched)
        {
            return;
        }

        FindProbes();
        var round = 0;
        while (!stop.IsCancellationRequested)
        {
            var delay = Any ? Backoff.Delay(Math.Max(round, 1), _firstDelay, _watchEvery, Chance.NextDouble()) : _watchEvery;
            var isWanted = await WaitAsync(delay, round, stop).ConfigureAwait(false);
            if (isWanted || Any || _owed.Any)
            {
                await Task.WhenAll(Enumerable.Range(0, _down.Length).Select(partition => LookAsync(partition, stop))).ConfigureAwait(false);
            }
            else
            {
                _turn = (_turn + 1) % _down.Length;
                await LookAsync(_turn, stop).ConfigureAwait(false);
            }

            round = Any ? round + 1 : 0;
        }
    }

    // While partitions are down, readers that still fail must not cut the back-off short.
    private async ValueTask<bool> WaitAsync(TimeSpan delay, int round, CancellationToken stop)
    {
        try
        {
            if (round > 0)
            {
                await Task.Delay(delay, time, stop).ConfigureAwait(false);
                return false;
            }

            await _wanted.Task.WaitAsync(delay, time, stop).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return false;
        }

        _wanted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return true;
    }

    private async Task LookAsync(int partition, CancellationToken stop)
    {
        try
        {
            await tier.ReadAsync(_probes[partition], holder: 0, stop).ConfigureAwait(false);
            BeginReturn(partition);
            var paying = PayAsync(partition);
            paying.Forget();
            await paying.WaitAsync(stop).ConfigureAwait(false);
            Unmark(partition);
        }
        catch (Exception exception)
        {
            if (!stop.IsCancellationRequested)
            {
                Mark(partition, exception);
            }
        }
    }

    private async Task PayAsync(int partition)
    {
        await _owed.PayAsync(partition).ConfigureAwait(false);
        try
        {
            await _owed.PayAllAsync().ConfigureAwait(false);
        }
        catch (TierUnavailableException)
        {
            // Another partition's server may be away: it must not hold this one back.
        }
    }

    private void Look() => _wanted.TrySetResult();

    private void Mark(int partition, Exception error)
    {
        lock (_gate)
        {
            _returning[partition] = false;
            // Also of one that is down already: another cause may have taken the first one's place.
            _problem = "the tier can't be reached: " + error.Message;
            _reason = (error as TierUnavailableException)?.Reason;
            if (_down[partition])
            {
                return;
            }

            Volatile.Write(ref _down[partition], true);
            WhenDown?.Invoke();
            if (++_downCount == 1)
            {
                _logger.TierLost(tier.Cache, error.Message);
            }
        }
    }

    private void BeginReturn(int partition)
    {
        lock (_gate)
        {
            _returning[partition] = _down[partition];
        }
    }

    // Under the gate, after the debt was noted: either the payment that ends a return sees it, or this one does.
    private bool IsPaidAtOnce(int partition)
    {
        lock (_gate)
        {
            return !_down[partition] || _returning[partition];
        }
    }

    private void Unmark(int partition)
    {
        lock (_gate)
        {
            if (!_returning[partition])
            {
                // Up already, or another call has failed meanwhile.
                return;
            }

            _returning[partition] = false;
            WhenUp?.Invoke(partition, _downCount == 1);
            Volatile.Write(ref _down[partition], false);
            if (--_downCount == 0)
            {
                _problem = _reason = null;
                _logger.TierRestored(tier.Cache);
            }
        }
    }

    /// <summary>A key for each partition, to read where nobody reads.</summary>
    private void FindProbes()
    {
        for (int found = 0, n = 0; found < _probes.Length; n++)
        {
            var key = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"look:{n}");
            ref var probe = ref _probes[Partition.Of(key, _probes.Length)];
            found += probe is null ? 1 : 0;
            probe ??= key;
        }
    }
}

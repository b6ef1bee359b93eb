using System.Collections.Concurrent;
using Remanso.Tiers;

namespace Remanso.ReadThrough;

/// <summary>
/// Renews the fill leases under which this process loads, for as long as it lives and the loads last: so a lease can be short, and those who wait behind a process that died wait no longer than that.
/// </summary>
internal sealed class FillLeaseKeeper : IDisposable
{
    private readonly ICacheTier _tier;
    private readonly ITimer? _timer;
    private readonly ConcurrentDictionary<string, long> _held = new(StringComparer.Ordinal);
    private int _isRenewing;

    public FillLeaseKeeper(ICacheTier tier, TimeProvider time)
    {
        _tier = tier;
        if (tier.FillLeaseBeat is { } every)
        {
            _timer = time.CreateTimer(static me => ((FillLeaseKeeper)me!).Beat(), this, every, every);
        }
    }

    /// <summary>Keeps a lease until the result is disposed; 0 is none.</summary>
    public Held Hold(string key, long lease)
    {
        if (_timer is null || lease == 0)
        {
            return default;
        }

        _held[key] = lease;
        return new Held(this, key, lease);
    }

    public void Dispose() => _timer?.Dispose();

    private void Beat()
    {
        if (!_held.IsEmpty && Interlocked.Exchange(ref _isRenewing, 1) == 0)
        {
            _ = RenewAsync();
        }
    }

    private async Task RenewAsync()
    {
        try
        {
            await _tier.RenewFillLeasesAsync([.. _held], CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TierUnavailableException or ObjectDisposedException)
        {
            // A lease that ran out costs another load; versions keep the result right.
        }
        finally
        {
            Volatile.Write(ref _isRenewing, 0);
        }
    }

    /// <summary>One lease.</summary>
    internal readonly struct Held(FillLeaseKeeper? owner, string key, long lease) : IDisposable
    {
        public void Dispose() => owner?._held.TryRemove(new KeyValuePair<string, long>(key, lease));
    }
}

using System.Collections.Concurrent;
using Remanso.Common;
using Remanso.Tiers;

namespace Remanso.ReadThrough;

// A pool without a free thread must not cost a lease: by the system's clock the beat is SteadyBeat's, and one whose
// answer nobody could look at yet does not hold up the next.

/// <summary>Renews the fill leases under which this process loads, for as long as it lives and the loads last: so a
/// lease can be short, and those who wait behind a process that died wait no longer than that.</summary>
internal sealed class FillLeaseKeeper : IDisposable
{
    private const int MostRenewals = 8;

    private readonly ICacheTier _tier;
    private readonly IDisposable? _beat;
    private readonly ConcurrentDictionary<string, long> _held = new(StringComparer.Ordinal);
    private int _renewals;

    public FillLeaseKeeper(ICacheTier tier, TimeProvider time)
    {
        _tier = tier;
        if (tier.FillLeaseBeat is { } every)
        {
            _beat =
                time == TimeProvider.System
                    ? SteadyBeat.Start(Beat, every)
                    : time.CreateTimer(static me => ((FillLeaseKeeper)me!).Beat(), this, every, every);
        }
    }

    /// <summary>Who holds them, to the tier: this cache of this process.</summary>
    public long Holder { get; } = Chance.NextId();

    /// <summary>Keeps a lease until the result is disposed; 0 is none, and so is <see cref="TierRead.NoLeases"/>.</summary>
    public Held Hold(string key, long lease)
    {
        if (_beat is null || lease <= 0)
        {
            return default;
        }

        _held[key] = lease;
        return new Held(this, key, lease);
    }

    public void Dispose() => _beat?.Dispose();

    private void Beat()
    {
        if (_held.IsEmpty)
        {
            return;
        }

        if (Interlocked.Increment(ref _renewals) <= MostRenewals)
        {
            _ = RenewAsync();
        }
        else
        {
            Interlocked.Decrement(ref _renewals);
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
            Interlocked.Decrement(ref _renewals);
        }
    }

    /// <summary>One lease.</summary>
    internal readonly struct Held(FillLeaseKeeper? owner, string key, long lease) : IDisposable
    {
        public void Dispose() => owner?._held.TryRemove(new KeyValuePair<string, long>(key, lease));
    }
}

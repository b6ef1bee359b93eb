using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Remanso.Common;
using Remanso.Tiers;

namespace Remanso.ReadThrough;

// A pool without a free thread must not cost a lease: by the system's clock the beat is SteadyBeat's, and one whose
// answer nobody could look at yet does not hold up the next.
//
// One token, several loads: the tier gives a process that holds a key's lease the same token again, so the load of a read
// and those of conditional writes fill under one. It is renewed until the last of them has ended, and is given back by
// that one alone: who gives up must not void the fills of the others.

/// <summary>Renews the fill leases under which this process loads, for as long as it lives and the loads last: so a
/// lease can be short, and those who wait behind a process that died wait no longer than that.</summary>
internal sealed class FillLeaseKeeper : IDisposable
{
    private const int MostRenewals = 8;

    private readonly ICacheTier _tier;
    private readonly IDisposable? _beat;
    private readonly ConcurrentDictionary<string, Holding> _held = new(StringComparer.Ordinal);
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
    public Held? Hold(string key, long lease)
    {
        if (lease <= 0)
        {
            return null;
        }

        _held.AddOrUpdate(
            key,
            static (_, lease) => new Holding(lease, 1),
            static (_, holding, lease) => holding.Lease == lease ? holding with { Loads = holding.Loads + 1 } : new Holding(lease, 1),
            lease
        );
        return new Held(this, key, lease);
    }

    /// <summary>Whether a load fills under a lease.</summary>
    public bool Holds(string key, long lease) => _held.TryGetValue(key, out var holding) && holding.Lease == lease;

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
            await _tier
                .RenewFillLeasesAsync(
                    [.. _held.Select(static held => KeyValuePair.Create(held.Key, held.Value.Lease))],
                    CancellationToken.None
                )
                .ConfigureAwait(false);
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

    private void Leave(string key, long lease)
    {
        while (_held.TryGetValue(key, out var holding) && holding.Lease == lease)
        {
            if (
                holding.Loads == 1
                    ? _held.TryRemove(KeyValuePair.Create(key, holding))
                    : _held.TryUpdate(key, holding with { Loads = holding.Loads - 1 }, holding)
            )
            {
                return;
            }
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Holding(long Lease, int Loads);

    /// <summary>One load's share in a lease.</summary>
    internal sealed class Held(FillLeaseKeeper owner, string key, long lease) : IDisposable
    {
        private FillLeaseKeeper? _owner = owner;

        public long Lease => lease;

        public void Dispose()
        {
            _owner?.Leave(key, lease);
            _owner = null;
        }
    }
}

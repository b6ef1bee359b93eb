using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>What each level needs: says beforehand whether it can be had, and waits for it after the write.</summary>
internal sealed class DurabilityLevels(ICacheTier tier, TierOutages outages, bool mayWritePastTier, bool hasStore, CacheOptions options)
{
    /// <summary>Refuses a level that this write can't have.</summary>
    /// <exception cref="DurabilityUnavailableException">It can't be had, and why.</exception>
    public void ThrowIfUnavailable(string key, Durability level)
    {
        if (level == Durability.Accepted)
        {
            return;
        }

        if (!Enum.IsDefined(level))
        {
            throw new ArgumentOutOfRangeException(nameof(level), level, "Unknown durability.");
        }

        // Past a tier that is down the write goes into the store, which is more than any level of the tier's.
        if (WhyNot(level) is { } reason && !(mayWritePastTier && outages.IsDown(key)))
        {
            throw new DurabilityUnavailableException(level, reason);
        }
    }

    /// <summary>Waits until an accepted write has a level that is the tier's to give.</summary>
    /// <exception cref="DurabilityNotReachedException">It was not reached in time.</exception>
    public async ValueTask<WriteReceipt> EnsureAsync(
        string key, WriteReceipt receipt, Durability level, TimeSpan? atMost, CancellationToken cancellationToken)
    {
        if (receipt.Durability >= level)
        {
            return receipt;
        }

        try
        {
            await tier.EnsureAsync(key, receipt.Version, level, atMost ?? options.Tier.DurabilityTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TierUnavailableException exception)
        {
            throw new DurabilityNotReachedException(receipt.Version, level, exception.Message);
        }

        return receipt with { Durability = level };
    }

    /// <summary>Waits until the store has a version, at a waiter that registered before it could be stored.</summary>
    /// <exception cref="DurabilityNotReachedException">It was not reached in time, or never will be.</exception>
    public async ValueTask<WriteReceipt> WaitStoredAsync(long version, StoredWaiters.Waiter waiter, TimeSpan? atMost, CancellationToken cancellationToken)
    {
        var patience = atMost ?? options.Flush.StoredTimeout;
        try
        {
            return await waiter.WaitAsync(version, patience, cancellationToken).ConfigureAwait(false) is { } refusal
                ? throw new DurabilityNotReachedException(version, Durability.Stored, refusal, isAccepted: refusal != StoredWaiters.Lost)
                : new WriteReceipt(version, Durability.Stored);
        }
        catch (TimeoutException)
        {
            throw new DurabilityNotReachedException(
                version, Durability.Stored, $"the store did not confirm it within {patience.TotalSeconds:0.###} s; it will be stored when the store takes writes.");
        }
    }

    private string? WhyNot(Durability level) => level switch
    {
        Durability.Stored => hasStore ? null : "this cache has no backing store.",
        Durability.Logged when tier.IsLocal && !hasStore => "this cache has no backing store: its entries are clean at once, and the journal keeps dirty ones.",
        _ => tier.WhyNot(level),
    };
}

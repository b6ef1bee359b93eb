using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>What each level needs: says beforehand whether it can be had, and waits for it after the write.</summary>
internal sealed class DurabilityLevels(
    ICacheTier tier,
    TierOutages outages,
    bool mayWritePastTier,
    StoreEvidence? store,
    CacheOptions options,
    CacheCounters counters,
    Func<string, string?> whyDirty
)
{
    /// <summary>Whether who has one level has another one with it: of replicas and the log neither stands for the other.</summary>
    public static bool Includes(Durability has, Durability wanted) =>
        has == wanted || has == Durability.Stored || wanted == Durability.Accepted;

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
            throw new DurabilityUnavailableException(level, reason) { IsPassing = IsPassing(level) };
        }
    }

    /// <summary>Refuses at once to look at a key where waiting for its tier would only take longer.</summary>
    /// <exception cref="TierUnavailableException">Its partition is down.</exception>
    public void ThrowIfDown(string key) => outages.ThrowIfDown(key);

    /// <summary>Waits until an accepted write has a level that is the tier's to give, or was stored and left the tier.</summary>
    /// <exception cref="DurabilityNotReachedException">It was not reached in time, or the write was lost, or may be.</exception>
    public async ValueTask<WriteReceipt> EnsureAsync(
        string key,
        WriteReceipt receipt,
        Durability level,
        TimeSpan? atMost,
        CancellationToken cancellationToken
    )
    {
        if (Includes(receipt.Durability, level))
        {
            return receipt;
        }

        try
        {
            await tier.EnsureAsync(key, receipt.Version, level, atMost ?? options.Tier.DurabilityTimeout, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (TierUnavailableException exception)
        {
            throw new DurabilityNotReachedException(receipt.Version, level, exception.Message);
        }
        catch (DurabilityNotReachedException exception) when (store is not null && !exception.IsAccepted)
        {
            return await StoredMeanwhileAsync(store, key, receipt, level, exception.Message, cancellationToken).ConfigureAwait(false);
        }

        return receipt with
        {
            Durability = level,
        };
    }

    /// <summary>What became of a version that left the tier while it was waited for: what is stored may leave no copy.</summary>
    private static async ValueTask<WriteReceipt> StoredMeanwhileAsync(
        StoreEvidence store,
        string key,
        WriteReceipt receipt,
        Durability level,
        string gone,
        CancellationToken cancellationToken
    )
    {
        string? why;
        try
        {
            why = await store.WhyNotStoredAsync(key, receipt.Version, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DurabilityNotReachedException(receipt.Version, level, $"{gone} The store can't be asked: {exception.Message}")
            {
                IsUnknown = true,
            };
        }

        return why is null ? receipt with { Durability = Durability.Stored } : throw StoreEvidence.Refusal(receipt.Version, level, why);
    }

    /// <summary>Waits until the store has a version, at a waiter that registered before it could be stored.</summary>
    /// <exception cref="DurabilityNotReachedException">It was not reached in time, or never will be.</exception>
    /// <exception cref="WriteSupersededException">The store has a higher version that others wrote.</exception>
    public async ValueTask<WriteReceipt> WaitStoredAsync(
        long version,
        StoredWaiters.Waiter waiter,
        TimeSpan? atMost,
        CancellationToken cancellationToken
    )
    {
        var patience = atMost ?? options.Flush.StoredTimeout;
        try
        {
            if (await waiter.WaitAsync(version, patience, cancellationToken).ConfigureAwait(false) is not { } refusal)
            {
                return new WriteReceipt(version, Durability.Stored);
            }

            throw await RefusedAsync(waiter.Key, version, refusal).ConfigureAwait(false);
        }
        catch (WriteSupersededException)
        {
            counters.WritesSuperseded.Add();
            throw;
        }
        catch (TimeoutException)
        {
            throw new DurabilityNotReachedException(
                version,
                Durability.Stored,
                $"the store did not confirm it within {patience.TotalSeconds:0.###} s; it will be stored once a process flushes the "
                    + "cache and the store takes writes."
                    + (whyDirty(waiter.Key) is { } last ? $" The last try of this process failed: {last}" : string.Empty)
            );
        }
    }

    /// <summary>Deals with a version that will never be stored.</summary>
    /// <returns>What its writer gets.</returns>
    public async ValueTask<DurabilityNotReachedException> RefusedAsync(string key, long version, string reason)
    {
        return reason is StoreEvidence.Lost or StoreEvidence.Unknown
            ? StoreEvidence.Refusal(version, Durability.Stored, reason)
            : new(version, Durability.Stored, reason, isAccepted: !await TakeBackAsync(key).ConfigureAwait(false));
    }

    /// <summary>Takes back what the store refused where a write is to be stored or not to be at all. A later write of
    /// the key is no dead letter yet, and stays.</summary>
    /// <returns>Whether it is gone; as a dead letter, it is still there.</returns>
    private async ValueTask<bool> TakeBackAsync(string key)
    {
        if (options.WriteMode != WriteMode.Through)
        {
            return false;
        }

        try
        {
            // Not to be given up with the write: what was refused must not be what readers see.
            await tier.DropDeadLettersAsync([key], CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (TierUnavailableException)
        {
            return false;
        }
    }

    private string? WhyNot(Durability level) =>
        level switch
        {
            Durability.Stored => store is not null ? null : "this cache has no backing store.",
            Durability.Logged when tier.IsLocal && store is null =>
                "this cache has no backing store: its entries are clean at once, and the journal keeps dirty ones.",
            _ => tier.WhyNot(level),
        };

    private bool IsPassing(Durability level) => tier.IsPassing(level) && !(tier.IsLocal && store is null);
}

using Remanso.Entries;
using Remanso.ReadThrough;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>Increments of one cache: the tier adds in one step, on what it holds or was loaded for it.</summary>
/// <remarks>Never past a tier that is down: what its dirty entry holds is nowhere else.</remarks>
internal sealed class CounterWriter(
    ICacheTier tier, TierOutages outages, CacheReader reader, CacheCounters counters, StoredWaiters waiters, DurabilityLevels levels, ReceiptWaits receipts,
    RoomPolicy room)
{
    // As for a condition: the key may be evicted again before the next try.
    private const int MaxTries = 8;

    /// <param name="prepared">The write, which adds.</param>
    /// <param name="cancellationToken">Gives up waiting; it may be accepted nevertheless.</param>
    public async ValueTask<CounterReceipt> AddAsync(PreparedWrite prepared, CancellationToken cancellationToken)
    {
        var (write, durability) = prepared;
        if (write.Condition.Kind != WriteConditionKind.None)
        {
            throw new ArgumentException("An increment takes what is there, so it has no condition.", nameof(prepared));
        }

        outages.ThrowIfDown(write.Key);

        using var waiter = durability == Durability.Stored ? waiters.Register(write.Key) : null;
        var result = await WriteAsync(write, cancellationToken).ConfigureAwait(false);
        counters.Writes.Add();
        var accepted = new WriteReceipt(result.Version, Durability.Accepted);
        var receipt = waiter is null ? await levels.EnsureAsync(write.Key, accepted, durability, atMost: null, cancellationToken).ConfigureAwait(false)
            : write.Identity is not null ? await receipts.WaitAsync(write.Key, accepted, durability, atMost: null, cancellationToken).ConfigureAwait(false)
            : await levels.WaitStoredAsync(result.Version, waiter, atMost: null, cancellationToken).ConfigureAwait(false);
        return new CounterReceipt(result.Sum, receipt);
    }

    private async ValueTask<TierWriteResult> WriteAsync(TierWrite write, CancellationToken cancellationToken)
    {
        try
        {
            for (var tries = 0; tries < MaxTries; tries++)
            {
                var result = await tier.WriteAsync(write, cancellationToken).ConfigureAwait(false);
                if (result.Outcome == TierWriteOutcome.Full && room.Waits)
                {
                    result = await room.WaitAsync(write, result, cancellationToken).ConfigureAwait(false);
                }

                switch (result.Outcome)
                {
                    case TierWriteOutcome.Accepted:
                        return result;
                    case TierWriteOutcome.NotANumber:
                        throw new NotANumberException(write.Key, result.Version);
                    case TierWriteOutcome.Overflow:
                        throw new CounterOverflowException(write.Key, write.Addend!.Value, result.Version);
                    case TierWriteOutcome.IdentityReused:
                        throw new IdempotencyConflictException(write.Key, write.Identity!.Id);
                    case TierWriteOutcome.Full:
                        counters.Refused.Add();
                        throw new BackPressureException(result.RetryAfter);
                    default:
                        await reader.EnsureResidentAsync(write.Key, cancellationToken).ConfigureAwait(false);
                        break;
                }
            }
        }
        catch (TierUnavailableException)
        {
            outages.WriteFailed();
            throw;
        }

        counters.Refused.Add();
        throw new BackPressureException(TimeSpan.FromSeconds(1));
    }
}

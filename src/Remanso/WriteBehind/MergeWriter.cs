using Remanso.ReadThrough;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// Never past a tier that is down: what its dirty entry holds is nowhere else.

/// <summary>Merges of one cache: the tier computes in one step, on what it holds or was loaded for it.</summary>
internal sealed class MergeWriter(CacheParts parts, CacheReader reader, WriteWaits waits)
{
    // As for a condition: the key may be evicted again before the next try.
    private const int MaxTries = 8;

    private readonly ICacheTier _tier = parts.Tier;
    private readonly TierOutages _outages = parts.Outages;
    private readonly CacheCounters _counters = parts.Counters;

    /// <param name="prepared">The write, which merges.</param>
    /// <param name="cancellationToken">Gives up waiting; it may be accepted nevertheless.</param>
    public async ValueTask<MergeReceipt> MergeAsync(PreparedWrite prepared, CancellationToken cancellationToken)
    {
        var (write, durability) = prepared;
        _outages.ThrowIfDown(write.Key);
        using var waiter = durability == Durability.Stored ? waits.Stored.Register(write.Key) : null;
        var result = await WriteAsync(write, prepared.Plan, cancellationToken).ConfigureAwait(false);
        if (result is { Kept: false, IsKnown: false })
        {
            _counters.Written(write.Key, result.Version);
        }

        // What was repeated, or changed nothing, may have been stored before anybody listened.
        var accepted = new WriteReceipt(result.Version, Durability.Accepted);
        var receipt =
            waiter is null
                ? await waits.Levels.EnsureAsync(write.Key, accepted, durability, atMost: null, cancellationToken).ConfigureAwait(false)
            : result.Kept || write.Identity is not null
                ? await waits.Receipts.WaitAcceptedAsync(write.Key, accepted, durability, cancellationToken).ConfigureAwait(false)
            : await waits.Levels.WaitStoredAsync(result.Version, waiter, atMost: null, cancellationToken).ConfigureAwait(false);
        return new MergeReceipt(result.Number, receipt);
    }

    private async ValueTask<TierWriteResult> WriteAsync(TierWrite write, ReadPlan? plan, CancellationToken cancellationToken)
    {
        try
        {
            for (var tries = 0; tries < MaxTries; tries++)
            {
                var result = await _tier.WriteAsync(write, cancellationToken).ConfigureAwait(false);
                if (result.Outcome == TierWriteOutcome.Full && waits.Room.Waits)
                {
                    result = await waits.Room.WaitAsync(write, result, cancellationToken).ConfigureAwait(false);
                }

                switch (result.Outcome)
                {
                    case TierWriteOutcome.Accepted:
                        return result;
                    case TierWriteOutcome.NotResident:
                        await reader.EnsureResidentAsync(write.Key, plan, anew: tries > 0, cancellationToken).ConfigureAwait(false);
                        break;
                    default:
                        throw Refused(write, result);
                }
            }
        }
        catch (TierUnavailableException)
        {
            _outages.WriteFailed();
            throw;
        }

        _counters.Refused.Add();
        throw new BackPressureException(TimeSpan.FromSeconds(1));
    }

    private Exception Refused(in TierWrite write, in TierWriteResult result)
    {
        switch (result.Outcome)
        {
            case TierWriteOutcome.NotANumber:
                return new NotANumberException(write.Key, result.Version);
            case TierWriteOutcome.Overflow:
                return new CounterOverflowException(write.Key, write.Merge!, result.Version);
            case TierWriteOutcome.NotJson:
                return new NotJsonException(write.Key, write.Merge!.Kind, result.Version);
            case TierWriteOutcome.TooLarge:
                return new ValueTooLargeException(result.Number, write.MaxBytes);
            case TierWriteOutcome.ConditionFailed:
                return new VersionConflictException(write.Key, write.Condition, result.Version);
            case TierWriteOutcome.IdentityReused:
                return new IdempotencyConflictException(write.Key, write.Identity!.Id);
            case TierWriteOutcome.IdentitiesFull:
                _counters.Refused.Add();
                return new IdempotencyExhaustedException(result.RetryAfter);
            default:
                _counters.Refused.Add();
                return new BackPressureException(result.RetryAfter);
        }
    }
}

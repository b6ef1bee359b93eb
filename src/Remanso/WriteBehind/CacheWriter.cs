using Remanso.Common;
using Remanso.Entries;
using Remanso.ReadThrough;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>
/// Writes of one cache, in tier form: checks at the edge, one step in the tier, then the wait for the durability asked for.
/// </summary>
internal sealed class CacheWriter(CacheParts parts, CacheReader reader, WriteThrough? writeThrough, bool hasStore, WriteWaits waits)
{
    // A condition on a key that the tier doesn't hold needs a load first, and the key may be evicted again before the next try.
    private const int MaxTries = 8;

    private readonly ICacheTier _tier = parts.Tier;
    private readonly TierOutages _outages = parts.Outages;
    private readonly CacheOptions _options = parts.Options;
    private readonly Tagging _tagging = parts.Tagging;
    private readonly CacheCounters _counters = parts.Counters;

    public ValueTask<WriteReceipt> WriteAsync(in PreparedWrite prepared, CancellationToken cancellationToken)
    {
        if (_outages.IsDown(prepared.Write.Key))
        {
            return WritePastTierAsync(prepared, cancellationToken);
        }

        if (prepared.Durability == Durability.Stored)
        {
            return WriteStoredAsync(prepared, cancellationToken);
        }

        var pending = _tier.WriteAsync(prepared.Write, cancellationToken);
        if (prepared.Durability != Durability.Accepted)
        {
            return WriteEnsuredAsync(prepared, pending, cancellationToken);
        }

        return pending.IsCompletedSuccessfully
            ? FinishAsync(prepared, pending.Result, isAlone: true, cancellationToken)
            : WriteSlowlyAsync(prepared, pending, cancellationToken);
    }

    /// <summary>Checks a write at the edge and gives it the form that the tier takes.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, encoded.</param>
    /// <param name="contentType">Its media type, unless the options say another.</param>
    /// <param name="tags">Its tags: those of the options, or what the cache computed.</param>
    /// <param name="tombstone">Whether it is a delete.</param>
    /// <param name="asked">The options.</param>
    /// <param name="merge">What it makes of the value that is there, where it merges.</param>
    /// <param name="head">Bytes of the value that may come on top of the limit: they are not the caller's.</param>
    public PreparedWrite Prepare(
        string key,
        ReadOnlyMemory<byte> value,
        string? contentType,
        IReadOnlyList<string>? tags,
        bool tombstone,
        WriteOptions? asked,
        Merge? merge = null,
        int head = 0
    )
    {
        CacheKey.Validate(key);
        Check(asked);
        var bytes = merge?.Json.Length ?? value.Length;
        if (bytes - head > _options.MaxValueBytes)
        {
            throw new ValueTooLargeException(bytes, _options.MaxValueBytes);
        }

        if (asked?.ContentType is { } asType)
        {
            ContentType.Validate(asType);
        }

        var durability = _options.WriteMode == WriteMode.Through ? Durability.Stored : asked?.Durability ?? _options.Durability;
        waits.Levels.ThrowIfUnavailable(key, durability);
        var write = new TierWrite
        {
            Key = key,
            Value = value,
            ContentType = asked?.ContentType ?? contentType,
            Tags = _tagging.Check(tags),
            Tombstone = tombstone,
            Condition = asked?.Condition ?? default,
            ExpiresAt = asked?.Lifetime is { } span ? ExpiryOf(span) : CacheEntry.Never,
            // A lifetime is exact, so nothing spreads it.
            CleanTtl =
                hasStore ? null
                : asked is { Ttl: null, Lifetime: { } exact } ? exact
                : Jittered(asked?.Ttl ?? _options.Ttl.Base),
            CleanGrace = hasStore || tombstone ? TimeSpan.Zero : asked?.Grace ?? _options.Ttl.Grace,
            OwnTtl = hasStore && !tombstone && asked?.Ttl is { } ttl ? Jittered(ttl) : null,
            OwnGrace = hasStore && !tombstone ? asked?.Grace : null,
            Merge = merge,
            MaxBytes = merge is { IsJson: true } ? Math.Min(_options.MaxValueBytes, Merge.MaxJsonBytes) : _options.MaxValueBytes,
            Urgent = durability == Durability.Stored,
            TraceParent = hasStore ? _counters.Traces.Begin(key) : null,
        };
        return new PreparedWrite(
            asked?.IdempotencyKey is { } id
                ? write with
                {
                    Identity = Identities.Of(id, write, asked.Lifetime) with { Owner = asked.IdempotencyOwner },
                }
                : write,
            durability
        );
    }

    /// <summary>Checks what the options say for every key.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A time is outside its range.</exception>
    public static void Check(WriteOptions? asked) => asked?.Validate();

    private TimeSpan Jittered(TimeSpan ttl) => TtlJitter.Apply(ttl, _options.Ttl.Jitter, Chance.NextDouble());

    private long ExpiryOf(TimeSpan lifetime)
    {
        var micros = lifetime.Ticks / TimeSpan.TicksPerMicrosecond;
        return _tier.Now > VersionIssuer.Highest - micros ? CacheEntry.Never : _tier.Now + micros;
    }

    private async ValueTask<WriteReceipt> WriteStoredAsync(PreparedWrite prepared, CancellationToken cancellationToken)
    {
        using var waiter = waits.Stored.Register(prepared.Write.Key);
        var receipt = await WriteSlowlyAsync(prepared, _tier.WriteAsync(prepared.Write, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        return receipt.Durability == Durability.Stored
            ? receipt
            : await WaitStoredAsync(prepared.Write, receipt, waiter, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until an accepted write is stored. A repeated one may have been before anybody listened.</summary>
    public ValueTask<WriteReceipt> WaitStoredAsync(
        in TierWrite write,
        WriteReceipt receipt,
        StoredWaiters.Waiter waiter,
        CancellationToken cancellationToken
    ) =>
        write.Identity is null
            ? waits.Levels.WaitStoredAsync(receipt.Version, waiter, atMost: null, cancellationToken)
            : waits.Receipts.WaitAcceptedAsync(write.Key, receipt, Durability.Stored, cancellationToken);

    private async ValueTask<WriteReceipt> WriteEnsuredAsync(
        PreparedWrite prepared,
        ValueTask<TierWriteResult> pending,
        CancellationToken cancellationToken
    )
    {
        var receipt = await WriteSlowlyAsync(prepared, pending, cancellationToken).ConfigureAwait(false);
        return await waits
            .Levels.EnsureAsync(prepared.Write.Key, receipt, prepared.Durability, atMost: null, cancellationToken)
            .ConfigureAwait(false);
    }

    private async ValueTask<WriteReceipt> WriteSlowlyAsync(
        PreparedWrite prepared,
        ValueTask<TierWriteResult> pending,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await FinishAsync(prepared, await pending.ConfigureAwait(false), isAlone: true, cancellationToken).ConfigureAwait(false);
        }
        catch (TierUnavailableException exception) when (MayWritePastTier(exception))
        {
            return await WritePastTierAsync(prepared, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Has the tier looked at; true where the write may go past it. What may have happened in the tier must
    /// not happen a second time.</summary>
    private bool MayWritePastTier(TierUnavailableException exception)
    {
        _outages.WriteFailed();
        return writeThrough is not null && !exception.MayHaveHappened;
    }

    private async ValueTask<WriteReceipt> WritePastTierAsync(PreparedWrite prepared, CancellationToken cancellationToken)
    {
        if (writeThrough is null || prepared.Write.Identity is not null)
        {
            _outages.ThrowIfDown(prepared.Write.Key);
            throw new TierUnavailableException("The tier could not be reached a moment ago.", mayHaveHappened: false);
        }

        var outcome = (await writeThrough.SaveAsync([prepared], cancellationToken).ConfigureAwait(false))[0];
        return outcome.Error is null ? outcome.Receipt : throw outcome.Error;
    }

    /// <summary>Gives the caller what the tier said, after a wait or a load where the outcome asks for one.</summary>
    /// <param name="prepared">The write.</param>
    /// <param name="result">What the tier said.</param>
    /// <param name="isAlone">Whether it may wait for room, or go past the full tier: of many, that is for all of them together.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public ValueTask<WriteReceipt> FinishAsync(
        in PreparedWrite prepared,
        TierWriteResult result,
        bool isAlone,
        CancellationToken cancellationToken
    )
    {
        switch (result.Outcome)
        {
            case TierWriteOutcome.Accepted:
                if (!result.IsKnown)
                {
                    _counters.Written(prepared.Write.Key, result.Version);
                }

                return new ValueTask<WriteReceipt>(new WriteReceipt(result.Version, Durability.Accepted));
            case TierWriteOutcome.ConditionFailed:
                return ValueTask.FromException<WriteReceipt>(
                    new VersionConflictException(prepared.Write.Key, prepared.Write.Condition, result.Version)
                );
            case TierWriteOutcome.Full when isAlone && waits.Room.Waits:
                return WaitAndWriteAsync(prepared, result, cancellationToken);
            case TierWriteOutcome.Full when isAlone && waits.Room.WritesThrough(prepared):
                return WritePastFullTierAsync(prepared, result, cancellationToken);
            case TierWriteOutcome.Full:
                _counters.Refused.Add();
                return ValueTask.FromException<WriteReceipt>(new BackPressureException(result.RetryAfter));
            case TierWriteOutcome.IdentitiesFull:
                _counters.Refused.Add();
                return ValueTask.FromException<WriteReceipt>(new IdempotencyExhaustedException(result.RetryAfter));
            case TierWriteOutcome.IdentityReused:
                return ValueTask.FromException<WriteReceipt>(
                    new IdempotencyConflictException(prepared.Write.Key, prepared.Write.Identity!.Id)
                );
            default:
                return LoadAndWriteAsync(prepared, isAlone, cancellationToken);
        }
    }

    private async ValueTask<WriteReceipt> WaitAndWriteAsync(
        PreparedWrite prepared,
        TierWriteResult refused,
        CancellationToken cancellationToken
    )
    {
        var result = await waits.Room.WaitAsync(prepared.Write, refused, cancellationToken).ConfigureAwait(false);
        return await FinishAsync(prepared, result, isAlone: false, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<WriteReceipt> WritePastFullTierAsync(
        PreparedWrite prepared,
        TierWriteResult refused,
        CancellationToken cancellationToken
    )
    {
        var outcome = (await waits.Room.WriteThroughAsync([(prepared, refused.RetryAfter)], cancellationToken).ConfigureAwait(false))[0];
        return outcome.Error is null ? outcome.Receipt : throw outcome.Error;
    }

    /// <summary>Writes what needs to know what its key holds, after a load.</summary>
    public async ValueTask<WriteReceipt> LoadAndWriteAsync(PreparedWrite prepared, bool isAlone, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            await reader.EnsureResidentAsync(prepared.Write.Key, prepared.Plan, anew: tries > 0, cancellationToken).ConfigureAwait(false);
            var result = await _tier.WriteAsync(prepared.Write, cancellationToken).ConfigureAwait(false);
            if (result.Outcome != TierWriteOutcome.NotResident)
            {
                return await FinishAsync(prepared, result, isAlone, cancellationToken).ConfigureAwait(false);
            }
        }

        _counters.Refused.Add();
        throw new BackPressureException(TimeSpan.FromSeconds(1));
    }
}

using Remanso.Common;
using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// What became of a version is told by what there is now, for versions of a key grow: a dirty entry of this version or a
// higher one stands for it, a clean one of at least this version is stored, and where the tier has neither, the store's
// row tells, or that there is none.

/// <summary>Waits for a higher level than a write returned with, at any time later and in any process.</summary>
internal sealed class ReceiptWaits(
    ICacheTier tier,
    StoreEvidence store,
    DurabilityLevels levels,
    StoredWaiters waiters,
    bool hasStore,
    TimeProvider time
)
{
    // A dead letter tells its reason; beyond so many it is not looked for.
    private const int MaxDeadLetters = 1000;

    // What a timer can wait for, in 32 bits of milliseconds.
    private static readonly TimeSpan _longest = TimeSpan.FromDays(24);
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(1);

    // What waits ends in time by itself, and its last look tells more than that nobody told.
    private static readonly TimeSpan _lastLook = TimeSpan.FromMilliseconds(200);

    public ValueTask<WriteReceipt> WaitAsync(
        string key,
        WriteReceipt receipt,
        Durability level,
        TimeSpan? atMost,
        CancellationToken cancellationToken
    )
    {
        CacheKey.Validate(key);
        ArgumentOutOfRangeException.ThrowIfLessThan(receipt.Version, 1, nameof(receipt));
        if (atMost is not { } patience)
        {
            return ReachAsync(key, receipt, level, atMost: null, mayWaitForTier: false, cancellationToken);
        }

        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(patience, TimeSpan.Zero, nameof(atMost));
        return WithinAsync(key, receipt, level, patience < _longest ? patience : _longest, cancellationToken);
    }

    // What looks has no end of its own that the caller knows of, and looks stand between and behind the waits: so the end is that
    // of all of it, whether the tier and the store heed it or not.
    private async ValueTask<WriteReceipt> WithinAsync(
        string key,
        WriteReceipt receipt,
        Durability level,
        TimeSpan atMost,
        CancellationToken cancellationToken
    )
    {
        using var end = new CancellationTokenSource(atMost + _lastLook, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellationToken);
        try
        {
            var reaching = ReachAsync(key, receipt, level, atMost, mayWaitForTier: false, either.Token).AsTask();
            reaching.Forget();
            return await reaching.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DurabilityNotReachedException(
                receipt.Version,
                level,
                $"the tier or the store did not tell within {atMost.TotalSeconds:0.###} s."
            );
        }
    }

    // Version 0 is that of a row which nobody wrote through the cache: a merge that changes nothing may tell it.
    private async ValueTask<WriteReceipt> ReachAsync(
        string key,
        WriteReceipt receipt,
        Durability level,
        TimeSpan? atMost,
        bool mayWaitForTier,
        CancellationToken cancellationToken
    )
    {
        levels.ThrowIfUnavailable(key, level);
        if (DurabilityLevels.Includes(receipt.Durability, level))
        {
            return receipt;
        }

        if (!mayWaitForTier)
        {
            levels.ThrowIfDown(key);
        }

        var began = time.GetTimestamp();
        // Before the look: what is stored after it is heard, what was stored before it is seen.
        using var waiter = level == Durability.Stored ? waiters.Register(key) : null;
        var read = await tier.ReadAsync(key, holder: 0, cancellationToken).ConfigureAwait(false);
        // An earlier dirty one is what a tier remembers that forgot: its flush tells, and until then it must not be
        // taken for what is stored.
        if (read.Entry is not { } entry || (entry.Version < receipt.Version && (waiter is null || !entry.IsDirty || entry.IsDeadLetter)))
        {
            return await LookIntoStoreAsync(key, receipt, level, cancellationToken).ConfigureAwait(false);
        }

        if (entry.IsAdopted && entry.Version > receipt.Version)
        {
            throw new WriteSupersededException(key, receipt.Version, entry.Version);
        }

        if (!entry.IsDirty && hasStore)
        {
            return receipt with { Durability = Durability.Stored };
        }

        var left = atMost is { } all ? Left(all - time.GetElapsedTime(began)) : (TimeSpan?)null;
        if (waiter is null)
        {
            return await levels.EnsureAsync(key, receipt, level, left, cancellationToken).ConfigureAwait(false);
        }

        if (entry.IsDeadLetter)
        {
            throw await levels
                .RefusedAsync(key, receipt.Version, await RefusalAsync(key, cancellationToken).ConfigureAwait(false))
                .ConfigureAwait(false);
        }

        tier.WantFlush(key);
        return await levels.WaitStoredAsync(receipt.Version, waiter, left, cancellationToken).ConfigureAwait(false);
    }

    /// <summary><see cref="WaitAsync"/> for a write that has just been accepted: what only keeps it from being looked at must not
    /// read as if it had not happened.</summary>
    /// <exception cref="DurabilityNotReachedException">Not in time, never, or nobody could look.</exception>
    public async ValueTask<WriteReceipt> WaitAcceptedAsync(
        string key,
        WriteReceipt receipt,
        Durability level,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await ReachAsync(key, receipt, level, atMost: null, mayWaitForTier: true, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is not (OperationCanceledException or DurabilityNotReachedException or WriteSupersededException))
        {
            throw new DurabilityNotReachedException(receipt.Version, level, exception.Message);
        }
    }

    private static TimeSpan Left(TimeSpan left) => left > _shortest ? left : _shortest;

    private async ValueTask<WriteReceipt> LookIntoStoreAsync(
        string key,
        WriteReceipt receipt,
        Durability level,
        CancellationToken cancellationToken
    )
    {
        var why = hasStore
            ? await store.WhyNotStoredAsync(key, receipt.Version, cancellationToken).ConfigureAwait(false)
            : "the tier no longer has it.";
        return why is null ? receipt with { Durability = Durability.Stored } : throw StoreEvidence.Refusal(receipt.Version, level, why);
    }

    private async ValueTask<string> RefusalAsync(string key, CancellationToken cancellationToken)
    {
        var letters = await tier.ListDeadLettersAsync(MaxDeadLetters, cancellationToken).ConfigureAwait(false);
        return letters.FirstOrDefault(letter => letter.Key == key)?.Error ?? "the store refused it for good.";
    }
}

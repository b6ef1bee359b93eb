using System.Runtime.ExceptionServices;
using Remanso.ReadThrough;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// Each write stands for itself, also where the tier or the store fails in part: what one fails with is its outcome, and
// leaves the others alone. One partition that is away takes none past a tier that is well for them: what is dirty there
// would hide what goes past it, and no condition would see it.
//
// Past a tier that is away goes a key whose writes have all failed without effect. Where one of them happened, or may
// have, an earlier one that went past the tier now would end above it.

/// <summary>Many writes of one cache, in tier form.</summary>
internal sealed class ManyWriter(CacheParts parts, CacheReader reader, CacheWriter writer, WriteThrough? pastTier, WriteWaits waits)
{
    private readonly ICacheTier _tier = parts.Tier;
    private readonly TierOutages _outages = parts.Outages;

    /// <summary>Writes them, and waits for the durability that each asks for.</summary>
    /// <returns>Their outcomes, at their index.</returns>
    /// <exception cref="TierUnavailableException">The tier can't be reached for any of them; some may be written.</exception>
    public async ValueTask<IReadOnlyList<WriteOutcome>> WriteAsync(IReadOnlyList<PreparedWrite> writes, CancellationToken cancellationToken)
    {
        var registered = new List<StoredWaiters.Waiter>();
        try
        {
            foreach (var write in writes)
            {
                if (write.Durability == Durability.Stored)
                {
                    registered.Add(waits.Stored.Register(write.Write.Key));
                }
            }

            var outcomes = new WriteOutcome[writes.Count];
            await WriteToTierAsync(writes, outcomes, cancellationToken).ConfigureAwait(false);
            if (Array.Exists(outcomes, IsAway))
            {
                _outages.WriteFailed();
                await WritePastTierAsync(writes, outcomes, cancellationToken).ConfigureAwait(false);
                ThrowIfAllAreAway(outcomes);
            }

            await EnsureAsync(writes, outcomes, registered, cancellationToken).ConfigureAwait(false);
            return outcomes;
        }
        finally
        {
            registered.ForEach(static waiter => waiter.Dispose());
        }
    }

    private async ValueTask WriteToTierAsync(
        IReadOnlyList<PreparedWrite> writes,
        WriteOutcome[] outcomes,
        CancellationToken cancellationToken
    )
    {
        var asked = _outages.Any ? Reachable(writes, outcomes) : null;
        var sent = new TierWrite[asked?.Length ?? writes.Count];
        if (sent.Length == 0)
        {
            return;
        }

        for (var n = 0; n < sent.Length; n++)
        {
            sent[n] = writes[asked?[n] ?? n].Write;
        }

        var results = await _tier.WriteManyAsync(sent, cancellationToken).ConfigureAwait(false);
        List<(int Index, TimeSpan RetryAfter)>? full = null;
        List<int>? missing = null;
        for (var n = 0; n < sent.Length; n++)
        {
            var i = asked?[n] ?? n;
            switch (results[n])
            {
                case { Error: { } error }:
                    outcomes[i] = new WriteOutcome(default, error);
                    break;
                case { Value: { Outcome: TierWriteOutcome.Full, RetryAfter: var retryAfter } } when waits.Room.WritesThrough(writes[i]):
                    (full ??= []).Add((i, retryAfter));
                    break;
                case { Value.Outcome: TierWriteOutcome.NotResident }:
                    (missing ??= []).Add(i);
                    break;
                case { Value: var result }:
                    outcomes[i] = await TryAsync(
                            writer.FinishAsync(writes[i], result, isAlone: false, cancellationToken),
                            cancellationToken
                        )
                        .ConfigureAwait(false);
                    break;
            }
        }

        if (missing is not null)
        {
            await LoadAndWriteAsync(writes, missing, outcomes, cancellationToken).ConfigureAwait(false);
        }

        if (full is not null)
        {
            var written = await waits
                .Room.WriteThroughAsync(full.ConvertAll(item => (writes[item.Index], item.RetryAfter)), cancellationToken)
                .ConfigureAwait(false);
            for (var n = 0; n < written.Count; n++)
            {
                outcomes[full[n].Index] = written[n];
            }
        }
    }

    /// <summary>Which of them the tier is asked for; the others have their error. Each key is looked up once: its partition
    /// may come back at this moment, and its writes keep their order.</summary>
    private int[] Reachable(IReadOnlyList<PreparedWrite> writes, WriteOutcome[] outcomes)
    {
        var down = new Dictionary<string, TierUnavailableException?>(StringComparer.Ordinal);
        var asked = new List<int>(outcomes.Length);
        for (var i = 0; i < outcomes.Length; i++)
        {
            var key = writes[i].Write.Key;
            if (!down.TryGetValue(key, out var error))
            {
                down.Add(key, error = _outages.WhyDown(key));
            }

            if (error is null)
            {
                asked.Add(i);
            }
            else
            {
                outcomes[i] = new WriteOutcome(default, error);
            }
        }

        return [.. asked];
    }

    /// <summary>Conditional writes of keys that the tier doesn't hold: all at once, so that their loads leave together,
    /// but those of one key in their order.</summary>
    private async Task LoadAndWriteAsync(
        IReadOnlyList<PreparedWrite> writes,
        List<int> missing,
        WriteOutcome[] outcomes,
        CancellationToken cancellationToken
    )
    {
        Task[] pending;
        using (reader.Gather())
        {
            pending = [.. missing.GroupBy(index => writes[index].Write.Key, StringComparer.Ordinal).Select(WriteKeyAsync)];
        }

        await Task.WhenAll(pending).ConfigureAwait(false);

        async Task WriteKeyAsync(IEnumerable<int> indices)
        {
            foreach (var index in indices)
            {
                outcomes[index] = await TryAsync(
                        writer.LoadAndWriteAsync(writes[index], isAlone: false, cancellationToken),
                        cancellationToken
                    )
                    .ConfigureAwait(false);
            }
        }
    }

    /// <summary>Writes past a tier that is away what did not happen there, where the cache says so. What is to be known again
    /// can't be: its note is the tier's.</summary>
    private async ValueTask WritePastTierAsync(
        IReadOnlyList<PreparedWrite> writes,
        WriteOutcome[] outcomes,
        CancellationToken cancellationToken
    )
    {
        if (pastTier is null)
        {
            return;
        }

        bool MayPass(int index) =>
            outcomes[index].Error is TierUnavailableException { MayHaveHappened: false } && writes[index].Write.Identity is null;

        var kept = Enumerable
            .Range(0, outcomes.Length)
            .Where(index => !MayPass(index))
            .Select(index => writes[index].Write.Key)
            .ToHashSet(StringComparer.Ordinal);
        int[] past = [.. Enumerable.Range(0, outcomes.Length).Where(index => !kept.Contains(writes[index].Write.Key))];
        var saved = await pastTier.SaveAsync(Array.ConvertAll(past, index => writes[index]), cancellationToken).ConfigureAwait(false);
        for (var n = 0; n < past.Length; n++)
        {
            outcomes[past[n]] = saved[n];
        }
    }

    private static bool IsAway(WriteOutcome outcome) => outcome.Error is TierUnavailableException;

    private static void ThrowIfAllAreAway(WriteOutcome[] outcomes)
    {
        if (Array.TrueForAll(outcomes, IsAway))
        {
            var telling = Array.Find(outcomes, static outcome => outcome.Error is TierUnavailableException { MayHaveHappened: true });
            ExceptionDispatchInfo.Throw(telling.Error ?? outcomes[0].Error!);
        }
    }

    /// <summary>Waits for the durability of those that were accepted: all at once, so that they share an fsync or a flush.</summary>
    private async ValueTask EnsureAsync(
        IReadOnlyList<PreparedWrite> writes,
        WriteOutcome[] outcomes,
        List<StoredWaiters.Waiter> registered,
        CancellationToken cancellationToken
    )
    {
        if (writes.All(static write => write.Durability == Durability.Accepted))
        {
            return;
        }

        var pending = new Task<WriteOutcome>?[outcomes.Length];
        var next = 0;
        for (var i = 0; i < pending.Length; i++)
        {
            var (write, durability) = writes[i];
            var waiter = durability == Durability.Stored ? registered[next++] : null;
            pending[i] =
                outcomes[i].Error is not null || DurabilityLevels.Includes(outcomes[i].Receipt.Durability, durability)
                    ? null
                    : TryAsync(
                            waiter is null
                                ? waits.Levels.EnsureAsync(write.Key, outcomes[i].Receipt, durability, atMost: null, cancellationToken)
                                : writer.WaitStoredAsync(write, outcomes[i].Receipt, waiter, cancellationToken),
                            cancellationToken
                        )
                        .AsTask();
        }

        for (var i = 0; i < pending.Length; i++)
        {
            if (pending[i] is { } wait)
            {
                outcomes[i] = await wait.ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask<WriteOutcome> TryAsync(ValueTask<WriteReceipt> write, CancellationToken cancellationToken)
    {
        try
        {
            return new WriteOutcome(await write.ConfigureAwait(false), null);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return new WriteOutcome(default, exception);
        }
    }
}

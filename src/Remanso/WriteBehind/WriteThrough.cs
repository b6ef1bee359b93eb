using System.Globalization;
using System.Runtime.ExceptionServices;
using Remanso.Common;
using Remanso.Entries;
using Remanso.ReadThrough;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// Versions. Above the row's, and not below the tier's clock as this process estimates it: so a value that the tier
// accepted before and did not flush loses to this later one. A conditional write takes the very next version after the
// row's: the guard then lets it pass only if the row is still the one that the condition was checked on, which makes
// compare-and-set atomic between processes that write past the tier.
//
// Failures are each write's own. What the store refuses for good is halved until it stands alone, and the others are stored.
// A passing error is that of all in its statement; after two of them in a row the store is away, and the rest is not tried.
//
// Best effort: what the tier had accepted and not flushed is not seen by conditions, and wins over a conditional write;
// the tier's stale copies are dropped when it is back (TierOutages), until then other processes that reach it may serve
// them. A save that fails is taken for one that may have happened; what the store still does of it after that is a
// change behind the cache's back.

/// <summary>Writes past a tier that can't be reached, into the store: load the rows, check conditions and issue
/// versions, save under the store's guard; who lost a race does it again.</summary>
internal sealed class WriteThrough(
    ICacheTier tier,
    TierOutages outages,
    CacheReader reader,
    IBackingStore<string, ReadOnlyMemory<byte>> store,
    LoadOptions options,
    TimeProvider time,
    CacheCounters counters
) : IDisposable
{
    private const int MaxTries = 8;
    private const int MostFailures = 2;

    /// <summary>How many statements of a part may be refused while the values at fault are looked for: as many as queries.</summary>
    private const int MostRefusals = LoadBatcher.MostFailures;

    // As many at once as there may be loads: writers must not take the store's last connections when the tier is down.
    private readonly SemaphoreSlim _bulkhead = new(options.MaxConcurrent);

    /// <summary>Writes each of them; a key that is there twice gets its writes in their order.</summary>
    /// <returns>The outcomes, at the index of their write: stored, or the conflict that it lost to, or what the store failed
    /// with.</returns>
    public async ValueTask<IReadOnlyList<WriteOutcome>> SaveAsync(IReadOnlyList<PreparedWrite> writes, CancellationToken cancellationToken)
    {
        var outcomes = new WriteOutcome[writes.Count];
        var tries = new int[writes.Count];
        var failures = 0;
        List<int> open = [.. Enumerable.Range(0, writes.Count)];
        while (open.Count > 0)
        {
            int[] batch =
            [
                .. open.DistinctBy(index => writes[index].Write.Key, StringComparer.Ordinal)
                    .OrderBy(index => writes[index].Write.Key, StringComparer.Ordinal)
                    .Take(options.MaxBatch),
            ];
            var refusals = new Refusals();
            var passing = await SavePartAsync(writes, batch, outcomes, refusals, cancellationToken).ConfigureAwait(false);
            foreach (var index in batch.Where(index => outcomes[index] == default && ++tries[index] == MaxTries))
            {
                counters.Refused.Add();
                outcomes[index] = new WriteOutcome(default, new BackPressureException(TimeSpan.FromSeconds(1)));
            }

            open.RemoveAll(index => outcomes[index] != default);
            failures = passing is null ? 0 : failures + 1;
            if (failures == MostFailures)
            {
                var away = NotTried(passing!, "failed twice in a row");
                open.ForEach(index => outcomes[index] = new WriteOutcome(default, away));
                break;
            }

            if (
                refusals is { Count: >= MostRefusals, Last: { } refusal }
                && Array.TrueForAll(batch, index => outcomes[index].Error is not null)
            )
            {
                // It is no value's fault.
                open.ForEach(index => outcomes[index] = new WriteOutcome(default, refusal));
                break;
            }
        }

        return outcomes;
    }

    public void Dispose() => _bulkhead.Dispose();

    /// <summary>One round for distinct keys, sorted; what lost a race keeps no outcome, and what fails has its error.</summary>
    /// <returns>The passing error of the store that ended it; null where the store said what becomes of each.</returns>
    private async ValueTask<Exception?> SavePartAsync(
        IReadOnlyList<PreparedWrite> writes,
        int[] part,
        WriteOutcome[] outcomes,
        Refusals refusals,
        CancellationToken cancellationToken
    )
    {
        Exception error;
        await _bulkhead.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await SaveBatchAsync(writes, part, outcomes, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            error = exception;
        }
        finally
        {
            _bulkhead.Release();
        }

        int[] left = [.. part.Where(index => outcomes[index] == default)];
        var passing = StoreErrors.IsTransient(error) ? error : null;
        if (passing is null)
        {
            refusals.Add(error);
            if (left.Length > 1 && refusals.Count < MostRefusals)
            {
                var half = left.Length / 2;
                passing = await SavePartAsync(writes, left[..half], outcomes, refusals, cancellationToken).ConfigureAwait(false);
                if (passing is null)
                {
                    return await SavePartAsync(writes, left[half..], outcomes, refusals, cancellationToken).ConfigureAwait(false);
                }

                // The first half knows what became of it; the other one is not tried.
                (left, error) = (left[half..], NotTried(passing, "failed"));
            }
        }

        foreach (var index in left)
        {
            outcomes[index] = new WriteOutcome(default, error);
        }

        return passing;
    }

    private static StoreException NotTried(Exception passing, string what) =>
        new($"Not tried, for the store {what}: {passing.Message}", isTransient: true, passing);

    /// <summary>One statement for distinct keys, sorted; what lost a race keeps no outcome.</summary>
    private async ValueTask SaveBatchAsync(
        IReadOnlyList<PreparedWrite> writes,
        int[] batch,
        WriteOutcome[] outcomes,
        CancellationToken cancellationToken
    )
    {
        var rows = await reader.LoadRowsAsync([.. batch.Select(index => writes[index].Write.Key)], cancellationToken).ConfigureAwait(false);
        var saves = new List<(int Index, StoreWrite<string, ReadOnlyMemory<byte>> Write)>(batch.Length);
        if (Array.TrueForAll(rows, static row => row.Error is { } error && StoreErrors.IsTransient(error)))
        {
            ExceptionDispatchInfo.Throw(rows[0].Error!);
        }

        for (var i = 0; i < batch.Length; i++)
        {
            try
            {
                saves.Add((batch[i], Decide(writes[batch[i]].Write, rows[i].Get())));
            }
            catch (Exception exception)
            {
                // Of this row alone: it can't be read, does not meet the condition, or leaves no version above it.
                outcomes[batch[i]] = new WriteOutcome(default, exception);
            }
        }

        if (saves.Count == 0)
        {
            return;
        }

        string[] keys = [.. saves.Select(static save => save.Write.Key)];
        try
        {
            var results = await SaveInTimeAsync([.. saves.Select(static save => save.Write)], cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < saves.Count; i++)
            {
                // The same version in the row is another's write: ours would have been the only one of its version.
                if (results[i].Kind == SaveOutcomeKind.Applied)
                {
                    counters.Written(saves[i].Write.Key, saves[i].Write.Version);
                    outcomes[saves[i].Index] = new WriteOutcome(new WriteReceipt(saves[i].Write.Version, Durability.Stored), null);
                }
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && StoreErrors.IsTransient(exception))
        {
            throw new StoreException(exception.Message, isTransient: true, exception) { MayBeStored = true };
        }
        finally
        {
            // Also of those that were not applied, for their rows are newer than the copies; and after an error, or
            // when the caller has given up, for then some may be stored.
            Array.ForEach(keys, reader.ForgetPastTier);
            await outages.InvalidateAsync(keys, areWritten: true).ConfigureAwait(false);
        }
    }

    /// <summary>A store that takes longer than a load may take is left to itself: its place is another writer's.</summary>
    private async ValueTask<IReadOnlyList<SaveOutcome>> SaveInTimeAsync(
        StoreWrite<string, ReadOnlyMemory<byte>>[] batch,
        CancellationToken cancellationToken
    )
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var save = store.SaveAsync(batch, giveUp.Token).AsTask();
        await ((Task)save).WaitAsync(options.Timeout, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (save.IsCompleted)
        {
            return await save.ConfigureAwait(false);
        }

        save.Forget();
        await giveUp.CancelAsync().ConfigureAwait(false);
        throw new StoreException(
            string.Create(CultureInfo.InvariantCulture, $"No answer to a save within {options.Timeout.TotalSeconds:0.#} s: ")
                + "whether it is stored is not known.",
            isTransient: true
        );
    }

    /// <summary>What is to be saved above a row.</summary>
    /// <exception cref="VersionConflictException">The condition is not met.</exception>
    /// <exception cref="StoreException">There is no version above the row's.</exception>
    private StoreWrite<string, ReadOnlyMemory<byte>> Decide(in TierWrite write, in StoreRow<string, ReadOnlyMemory<byte>>? row)
    {
        var present = row is { Deleted: false, ExpiresAt: var end } && (end == 0 || end > tier.Now);
        var current = present ? row!.Value.Version : 0;
        if (!write.Condition.IsMetBy(present, current))
        {
            throw new VersionConflictException(write.Key, write.Condition, current);
        }

        var versioned = Versioned(write, row?.Version ?? 0);
        RowVersion.ThrowUnlessStorable(write.Key, versioned.Version);
        return versioned;
    }

    private StoreWrite<string, ReadOnlyMemory<byte>> Versioned(TierWrite write, long previous) =>
        new()
        {
            Key = write.Key,
            Value = write.Value,
            ContentType = write.ContentType,
            Version = write.Condition == WriteCondition.None ? VersionIssuer.Next(previous, tier.Now) : previous + 1,
            Deleted = write.Tombstone,
            ExpiresAt = write.ExpiresAt,
        };

    /// <summary>The statements of a part that the store refused.</summary>
    private sealed class Refusals
    {
        public int Count { get; private set; }

        public Exception? Last { get; private set; }

        public void Add(Exception error) => (Count, Last) = (Count + 1, error);
    }
}

using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Remanso.Common;
using Remanso.Entries;
using Remanso.ReadThrough;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// One saver serves one lane. What was saved before a failure is saved again next time, which the guard makes harmless.
//
// A refusal for good cuts the batch in two, again and again, until what is refused stands alone: depth first, so that
// single entries are known early.
//
// A passing error of a store that was well ends the batch: most often the store is away. The next batch then leaves in
// parts of half the size (BatchPace; counted in versions: VersionSlices), and goes on past a part that fails, whose
// halves come last: an entry that always fails is so found although its error is held to be passing. After some failures
// in a row the store is away after all.
//
// What fails so may take its time: a row that somebody keeps locked costs a time-out with each part that it is in. From the
// first such failure on, what is stored is settled before the next part is tried, so that nobody waits for its neighbour.
//
// A refusal says nothing of the row: a store checks a value before it compares versions. So what would become a dead letter
// is compared with its row first. Where that is newer (written past the tier, or by others), the entry is superseded as it
// would have been by the guard, and hides nothing. Not where every version is kept: what was refused is missing in the
// history then, and waits for people. What could not be compared for a passing reason, or beyond the bytes that a pass may
// load, stays refused.

/// <summary>
/// Saves a batch of taken entries and says what the tier is to settle. Refused entries are found by bisecting: the others are stored.
/// </summary>
internal sealed class BatchSaver(
    CacheParts parts,
    IBackingStore<string, ReadOnlyMemory<byte>> store,
    RefusedEntries refusals,
    StatementBudget budget
)
{
    /// <summary>How many waiting in a row may fail for a passing reason while the store is not known to be well.</summary>
    private const int MostFailures = 3;

    private readonly CacheOptions _options = parts.Options;
    private readonly CacheCounters _counters = parts.Counters;
    private readonly FlushOutcomes _outcomes = new(parts);

    // Whether a save failed for a passing reason, and not all went well since.
    private bool _isDoubtful;
    private BatchPace _pace = BatchPace.Of(parts.Options.Flush.BatchSize);

    /// <summary>Saves a batch.</summary>
    /// <param name="batch">Distinct keys, sorted.</param>
    /// <param name="saved">Gets what becomes of them; empty.</param>
    /// <param name="hasTime">Whether the flush is in time.</param>
    /// <param name="settle">Settles what is stored while others of the batch are not.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask SaveAsync(
        IReadOnlyList<TakenEntry> batch,
        SavedBatch saved,
        bool hasTime,
        Func<List<Settlement>, ValueTask> settle,
        CancellationToken cancellationToken
    )
    {
        var refused = new List<(TakenEntry Entry, Exception Error)>();
        var slices = new VersionSlices();
        var waiting = new LinkedList<IReadOnlyList<TakenEntry>>(slices.Parts(batch, _pace.Size));
        var mostFailures = _isDoubtful ? MostFailures : 1;
        var failures = 0;
        var hasFailed = false;
        while (waiting.First is { Value: var part })
        {
            waiting.RemoveFirst();
            if (hasFailed)
            {
                hasFailed = await SettleStoredAsync(saved, slices, settle, cancellationToken).ConfigureAwait(false);
            }

            Exception error;
            try
            {
                var whole = part;
                if (await SavePartAsync(part, hasTime, saved.Settlements, cancellationToken).ConfigureAwait(false) is { } superseded)
                {
                    // What can fail now is theirs: the others are stored, and not to be saved and settled again.
                    part = [.. superseded.Select(static lost => lost.Entry)];
                    await AdoptAsync(superseded, saved.Settlements, cancellationToken).ConfigureAwait(false);
                }

                (failures, mostFailures, _pace) = (0, MostFailures, _pace.Succeeded(VersionsOf(whole)));
                _isDoubtful &= _pace.IsSlow;
                refusals.NoteStored(whole);
                budget.Refill();
                if (slices.Next(whole, saved.Settlements, _pace.Size) is { } next)
                {
                    waiting.AddFirst(next);
                }

                continue;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                error = exception;
            }

            var isPassing = StoreErrors.IsTransient(error);
            if (isPassing)
            {
                failures++;
                _isDoubtful = hasFailed = true;
                _pace = _pace.Failed(VersionsOf(part));
            }

            if (part.Count == 1 && isPassing && part[0].Versions > 1)
            {
                waiting.AddLast(slices.First(part[0], part[0].Versions / 2));
            }
            else if (part.Count == 1)
            {
                refused.Add((part[0], error));
            }
            else if (isPassing)
            {
                waiting.AddLast(Half(part, first: true));
                waiting.AddLast(Half(part, first: false));
            }
            else
            {
                waiting.AddFirst(Half(part, first: true));
                waiting.AddFirst(Half(part, first: false));
            }

            var hasRoom = budget.TrySpend();
            if (failures >= mostFailures)
            {
                // Nothing says that it is the entries: the store is away. Those that failed alone are noted all the
                // same, so that the next batch looks past them.
                saved.Failure = error;
                saved.Untried.AddRange(waiting.SelectMany(static left => left));
                break;
            }

            if (!hasRoom)
            {
                // Held back with the others of their part, so that the next batch looks past them.
                saved.Untried.AddRange(waiting.SelectMany(static left => left));
                var text = ErrorText.Of(error.Message);
                refusals.NoteUntried(saved.Untried, text);
                saved.Refused.AddRange(saved.Untried.Select(entry => (entry, text)));
                saved.RefusedBy = error;
                break;
            }
        }

        await JudgeAsync(refused, saved, slices, alone: batch.Count == 1, cancellationToken).ConfigureAwait(false);
        if (!saved.HasProgress && refused.Find(IsPassing).Error is { } passing)
        {
            saved.Failure ??= passing;
        }
    }

    private static async ValueTask<bool> SettleStoredAsync(
        SavedBatch saved,
        VersionSlices slices,
        Func<List<Settlement>, ValueTask> settle,
        CancellationToken cancellationToken
    )
    {
        var ready = saved.Settlements.FindAll(stored => !slices.IsCut(stored.Taken.Key));
        if (ready.Count == 0)
        {
            return true;
        }

        try
        {
            await settle(ready).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The tier's error: it is asked once more at the end, and told of then.
            return false;
        }

        saved.Settlements.RemoveAll(stored => !slices.IsCut(stored.Taken.Key));
        saved.Settled.AddRange(ready);
        return true;
    }

    private async ValueTask JudgeAsync(
        List<(TakenEntry Entry, Exception Error)> refused,
        SavedBatch saved,
        VersionSlices slices,
        bool alone,
        CancellationToken cancellationToken
    )
    {
        var othersStored = saved.HasProgress;
        var dead = new List<(TakenEntry Entry, string Error, Exception Cause)>();
        foreach (var (entry, error) in refused)
        {
            var text = ErrorText.Of(error.Message);
            if (slices.HasBegun(entry.Key))
            {
                // What is stored of it is settled first.
                refusals.NoteUntried([entry], text);
                saved.Refused.Add((entry, text));
                saved.RefusedBy = error;
            }
            else if (refusals.IsDeadLetter(entry, StoreErrors.FaultOf(error), text, alone, othersStored))
            {
                dead.Add((entry, text, error));
            }
            else
            {
                saved.Refused.Add((entry, text));
                saved.RefusedBy = error;
            }
        }

        var compares = dead.Count > 0 && !_options.Tier.KeepsVersions;
        var (rows, asked, _) = compares
            ? await LostRows
                .LoadAsync(store, [.. dead.Select(static letter => letter.Entry.Key)], _options.Load.MaxBatch, cancellationToken)
                .ConfigureAwait(false)
            : ([], dead.Count, null);
        foreach (var (i, (entry, error, cause)) in dead.Index())
        {
            if (i >= asked)
            {
                // What its row has is not known yet: it is tried again.
                saved.Refused.Add((entry, error));
                continue;
            }

            budget.Refill();
            if (rows.TryGetValue(entry.Key, out var row) && row.Version > entry.Entry.Version && RowVersion.IsSound(row.Version))
            {
                refusals.Forget(entry.Key);
                saved.Settlements.Add(_outcomes.Superseded(entry, row.Version, row, isAsked: true));
            }
            else
            {
                saved.Settlements.Add(_outcomes.DeadLettered(entry, error, cause));
            }
        }
    }

    private static bool IsPassing((TakenEntry Entry, Exception Error) refused) => StoreErrors.IsTransient(refused.Error);

    private static int VersionsOf(IReadOnlyList<TakenEntry> part) => part.Sum(static entry => entry.Versions);

    private static IReadOnlyList<TakenEntry> Half(IReadOnlyList<TakenEntry> part, bool first)
    {
        var half = part.Count / 2;
        return first ? [.. part.Take(half)] : [.. part.Skip(half)];
    }

    /// <summary>Saves a part, and settles what is stored.</summary>
    /// <returns>What lost to a higher version, with that; or null.</returns>
    private async ValueTask<List<(TakenEntry Entry, long StoreVersion)>?> SavePartAsync(
        IReadOnlyList<TakenEntry> part,
        bool hasTime,
        List<Settlement> settlements,
        CancellationToken cancellationToken
    )
    {
        foreach (var entry in part)
        {
            RowVersion.ThrowUnlessStorable(entry.Key, entry.Entry.Version);
        }

        _counters.Batches.Add();
        var outcomes = await store.SaveAsync(TakenWrites.Of(part, hasTime), cancellationToken).ConfigureAwait(false);
        List<(TakenEntry Entry, long StoreVersion)>? superseded = null;
        for (var i = 0; i < part.Count; i++)
        {
            // What is behind the versions that were taken may have been stored before: by a worker that could not settle it.
            if (outcomes[i].Kind == SaveOutcomeKind.Superseded && !part[i].HasLater)
            {
                (superseded ??= []).Add((part[i], outcomes[i].StoreVersion));
                continue;
            }

            settlements.Add(_outcomes.Stored(part[i], isNew: outcomes[i].Kind == SaveOutcomeKind.Applied));
        }

        return superseded;
    }

    private async ValueTask AdoptAsync(
        List<(TakenEntry Entry, long StoreVersion)> superseded,
        List<Settlement> settlements,
        CancellationToken cancellationToken
    )
    {
        var (rows, asked, error) = await LostRows
            .LoadAsync(store, [.. superseded.Select(static lost => lost.Entry.Key)], _options.Load.MaxBatch, cancellationToken)
            .ConfigureAwait(false);
        if (error is not null)
        {
            ExceptionDispatchInfo.Throw(error);
        }

        foreach (var (entry, storeVersion) in superseded)
        {
            // Nothing could be written above it: the write is not lost to such a row, but refused for it.
            RowVersion.ThrowUnlessSound(entry.Key, rows.TryGetValue(entry.Key, out var row) ? row.Version : storeVersion);
        }

        foreach (var (i, (entry, storeVersion)) in superseded.Index())
        {
            settlements.Add(_outcomes.Superseded(entry, storeVersion, rows.TryGetValue(entry.Key, out var row) ? row : null, i < asked));
        }
    }
}

using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.ReadThrough;

// A tier may fail in part: a partition's server is away, a key holds what nobody can decode. What it found for the others
// is the answer for them, and the leases that their misses took are those of their loads.

/// <summary>Reads of many keys: one look into the tier, and one load of all that it misses.</summary>
internal sealed class ManyReader(
    CacheReader reader,
    CacheParts parts,
    LoadBatcher? batcher,
    FlightMarks marks,
    ReadTally tally,
    FillLeaseKeeper leases
)
{
    /// <summary>Reads many keys; what the tier misses leaves as one load.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="planOf">How to read the key of an index.</param>
    /// <param name="gathered">Holds the loads until all have been asked for; the store's where null.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The answer of each key, or its error.</returns>
    public async ValueTask<(Answer[] Answers, Exception?[]? Errors)> ReadAsync(
        IReadOnlyList<string> keys,
        Func<int, ReadPlan> planOf,
        LoadBatcher? gathered,
        CancellationToken cancellationToken
    )
    {
        foreach (var key in keys)
        {
            CacheKey.Validate(key);
        }

        gathered ??= batcher;
        var plans = Enumerable.Range(0, keys.Count).Select(planOf).ToArray();
        var since = keys.Select(marks.Of).ToArray();
        var reads = await LookAsync(keys, plans, cancellationToken).ConfigureAwait(false);
        var answers = new Answer[keys.Count];
        var misses = new List<(int Index, Task<Answer> Load)>();
        Exception?[]? errors = null;
        var gathering = gathered?.Gather();
        var inBackground = false;
        try
        {
            for (var i = 0; i < answers.Length; i++)
            {
                switch (reads[i].Value)
                {
                    case var _ when reads[i].Error is { } error:
                        if (error is TierUnavailableException && reader.CanLoad(plans[i]))
                        {
                            misses.Add((i, reader.ReadPastTierAsync(keys[i], plans[i], cancellationToken).AsTask()));
                        }
                        else
                        {
                            (errors ??= new Exception?[answers.Length])[i] = error;
                        }

                        break;
                    case { Outcome: TierReadOutcome.Hit, Entry: { } entry }:
                        inBackground |= reader.Refresh(keys[i], entry, plans[i], gathered);
                        answers[i] = tally.Hit(keys[i], entry);
                        break;
                    case var read when reader.CanLoad(plans[i]):
                        inBackground |= read.Outcome == TierReadOutcome.Stale && plans[i].MayRunInBackground(parts.Options.Load);
                        misses.Add((i, reader.MissAsync(keys[i], read, since[i], plans[i], gathered, cancellationToken).AsTask()));
                        break;
                    default:
                        answers[i] = tally.Absent(keys[i], null, ReadSource.Tier);
                        break;
                }
            }
        }
        finally
        {
            if (inBackground)
            {
                // The last to let go sends the loads off, and who has copies to show must not run a store's code.
                ThreadPool.UnsafeQueueUserWorkItem(static gathering => gathering?.Dispose(), gathering, preferLocal: false);
            }
            else
            {
                gathering?.Dispose();
            }
        }

        // All, also where one failed: what is still under way would fail unseen.
        await Task.WhenAll(misses.Select(static Task (miss) => miss.Load)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var (index, load) in misses)
        {
            if (load.IsCompletedSuccessfully)
            {
                answers[index] = await load.ConfigureAwait(false);
            }
            else
            {
                (errors ??= new Exception?[answers.Length])[index] = load.Exception?.InnerException ?? new TaskCanceledException(load);
            }
        }

        return (answers, errors);
    }

    /// <summary>Looks into the tier for many keys, but not for those of a partition that is known to be away.</summary>
    private async ValueTask<Attempt<TierRead>[]> LookAsync(
        IReadOnlyList<string> keys,
        ReadPlan[] plans,
        CancellationToken cancellationToken
    )
    {
        var reads = new Attempt<TierRead>[keys.Count];
        var asked = new List<int>(reads.Length);
        for (var i = 0; i < reads.Length; i++)
        {
            if (parts.Outages.WhyDown(keys[i]) is { } down)
            {
                reads[i] = new(default, down);
            }
            else
            {
                asked.Add(i);
            }
        }

        if (asked.Count == 0)
        {
            return reads;
        }

        var holder = asked.TrueForAll(index => reader.CanLoad(plans[index]) && reader.HolderOf(keys[index], plans[index]) != 0)
            ? leases.Holder
            : 0;
        var found = await parts
            .Tier.ReadManyAsync(asked.Count == reads.Length ? keys : asked.ConvertAll(index => keys[index]), holder, cancellationToken)
            .ConfigureAwait(false);
        for (var i = 0; i < found.Count; i++)
        {
            reads[asked[i]] = found[i];
            if (found[i].Error is TierUnavailableException exception && reader.CanLoad(plans[asked[i]]))
            {
                parts.Outages.ReadFailed(keys[asked[i]], exception);
            }
        }

        return reads;
    }
}

using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

// Not cached: a drain ends when this says that nothing is dirty. A look at the sums is one round trip, pipelined over the
// partitions, of the cheapest commands there are: an idle cache asks four times a second. Only of what is dirty a script
// asks for the age.
//
// A flush and the limits can do with an estimate, and must not wait for a partition whose server is away: of that one
// what was heard last counts.
//
// The same look finds partitions that are gone with what was dirty in them (GonePartitions).

/// <summary>Sums up what is dirty.</summary>
internal sealed class DirtyStep(TierContext tier)
{
    private static readonly ReplyParser<PartitionLook> _lookParser = static (ref reply) => PartitionState.Look(reply.ReadBytes());

    private volatile PartitionDirty[] _last = new PartitionDirty[tier.Keys.Partitions.Length];

    /// <summary>Sums over all partitions, and notes the sums for the limits.</summary>
    public async ValueTask<DirtySummary> SumAsync(CancellationToken cancellationToken)
    {
        var all = tier.Keys.Partitions.ToArray();
        var notes = tier.Dirty.CountNotes();
        return Note(await LookAsync(all, cancellationToken).ConfigureAwait(false), notes);
    }

    /// <summary>Sums over some partitions, by their numbers.</summary>
    public async ValueTask<DirtySummary> SumAsync(IReadOnlyCollection<int> numbers, CancellationToken cancellationToken) =>
        Sum(await LookAsync([.. numbers.Select(number => tier.Keys.Partitions[number])], cancellationToken).ConfigureAwait(false));

    /// <summary><see cref="SumAsync(CancellationToken)"/>, where partitions that can't be reached count as they did last.</summary>
    public async ValueTask<DirtySummary> EstimateAsync(CancellationToken cancellationToken)
    {
        var all = tier.Keys.Partitions.ToArray();
        var notes = tier.Dirty.CountNotes();
        var began = tier.Dirty.Gone.Now;
        var looks = await TryLookAsync(all, began, cancellationToken).ConfigureAwait(false);
        await TellGoneAsync(all, looks, began, cancellationToken).ConfigureAwait(false);
        var dirty = all.Where(partition => looks[partition.Index] is { Error: null, Value.HasAny: true }).ToArray();
        var asked = await tier.Calls.TryAllAsync(dirty, static partition => partition, AskAsync, cancellationToken).ConfigureAwait(false);
        var last = _last;
        var partitions = Array.ConvertAll(all, partition => looks[partition.Index].Error is null ? default : last[partition.Index]);
        for (var i = 0; i < dirty.Length; i++)
        {
            partitions[dirty[i].Index] = asked[i].Error is null ? asked[i].Value : last[dirty[i].Index];
        }

        return Note(partitions, notes);
    }

    /// <summary>Renews what the limits are judged by; its failure is the next write's to tell.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            await EstimateAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (TierUnavailableException)
        {
            // The limits are judged by what was known before.
        }
    }

    private static ValueTask<PartitionLook> LookOnceAsync(
        IRedisClient client,
        PartitionKeys partition,
        CancellationToken cancellationToken
    ) => client.ExecuteAsync(RedisRoute.FirstKey, _lookParser, cancellationToken, "GETRANGE", partition.State, 0, PartitionState.LookLast);

    private static ValueTask<PartitionDirty> AskAsync(IRedisClient client, PartitionKeys partition, CancellationToken cancellationToken) =>
        DirtyScript.RunAsync(client, partition, cancellationToken);

    private async ValueTask<PartitionDirty[]> LookAsync(PartitionKeys[] partitions, CancellationToken cancellationToken)
    {
        var began = tier.Dirty.Gone.Now;
        var looks = await tier.Calls.RunAllAsync(partitions, LookOnceAsync, cancellationToken).ConfigureAwait(false);
        await TellGoneAsync(
                partitions,
                Array.ConvertAll(looks, static look => new Attempt<PartitionLook>(look, null)),
                began,
                cancellationToken
            )
            .ConfigureAwait(false);
        int[] dirty = [.. Enumerable.Range(0, partitions.Length).Where(i => looks[i].HasAny)];
        var asked = await tier
            .Calls.RunAllAsync(Array.ConvertAll(dirty, i => partitions[i]), AskAsync, cancellationToken)
            .ConfigureAwait(false);
        var found = new PartitionDirty[partitions.Length];
        for (var n = 0; n < dirty.Length; n++)
        {
            found[dirty[n]] = asked[n];
        }

        return found;
    }

    private async ValueTask<Attempt<PartitionLook>[]> TryLookAsync(
        PartitionKeys[] partitions,
        long began,
        CancellationToken cancellationToken
    )
    {
        var looks = Array.Empty<Attempt<PartitionLook>>();
        try
        {
            looks = await tier
                .Calls.TryAllAsync(partitions, static partition => partition, LookOnceAsync, cancellationToken)
                .ConfigureAwait(false);
            return looks;
        }
        finally
        {
            foreach (var partition in partitions.Where((_, i) => looks is [] || looks[i].Error is not null))
            {
                tier.Dirty.Gone.NoteAway(partition.Index, began);
            }
        }
    }

    /// <summary>Tells what is gone, and has those stated anew of which that can't be told yet.</summary>
    private async ValueTask TellGoneAsync(
        PartitionKeys[] partitions,
        Attempt<PartitionLook>[] looks,
        long began,
        CancellationToken cancellationToken
    )
    {
        var gone = new List<(PartitionKeys Keys, long Birth, long Count)>();
        var back = new List<StepBack>();
        var isAnyUnstated = false;
        for (var i = 0; i < partitions.Length; i++)
        {
            switch (looks[i])
            {
                case { Error: not null } or { Value: { IsStated: false, HasAny: true } }:
                    break;
                case { Value.IsStated: false }:
                    isAnyUnstated |= tier.Dirty.Gone.NoteUnstated(partitions[i].Index, began);
                    break;
                case { Value: var look }:
                    var (count, step) = tier.Dirty.Gone.Judge(partitions[i].Index, look, began);
                    if (count > 0)
                    {
                        gone.Add((partitions[i], look.Birth, count));
                    }

                    if (step.Dirty > 0)
                    {
                        back.Add(step);
                    }

                    break;
            }
        }

        if (back.Count > 0)
        {
            tier.Logger.DirtyWentBack(
                tier.Keys.Cache,
                back.Count,
                TimeSpan.FromMicroseconds(back.Max(static step => step.Micros)),
                back.Sum(static step => step.Dirty)
            );
        }

        if (gone.Count > 0)
        {
            await TellGoneAsync(gone).ConfigureAwait(false);
        }

        if (isAnyUnstated && tier.Agreement.Problem is null)
        {
            try
            {
                await tier.Agreement.RenewAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (TierUnavailableException)
            {
                // The next look tries again.
            }
        }
    }

    private async ValueTask TellGoneAsync(List<(PartitionKeys Keys, long Birth, long Count)> gone)
    {
        // Whoever looks may give up meanwhile; what is gone is told all the same.
        var told = await tier
            .Calls.RunEachAsync(
                gone,
                static (client, item, token) => LostScript.RunAsync(client, item.Keys, item.Birth, item.Count, token),
                CancellationToken.None
            )
            .ConfigureAwait(false);
        for (var i = 0; i < told.Length; i++)
        {
            if (told[i].Error is not null)
            {
                tier.Dirty.Gone.Keep(gone[i].Keys.Index, gone[i].Count);
            }
        }

        if (told.Sum(static count => count.Value) is > 0 and var sum)
        {
            tier.NoteGone(sum, told.Count(static count => count.Value > 0));
        }
    }

    private DirtySummary Note(PartitionDirty[] partitions, int[] notes)
    {
        _last = partitions;
        tier.Dirty.Refresh(partitions, notes);
        return Sum(partitions);
    }

    private static DirtySummary Sum(PartitionDirty[] partitions)
    {
        long entries = 0,
            bytes = 0,
            deadLetters = 0,
            oldest = 0;
        foreach (var partition in partitions)
        {
            entries += partition.Amount.Entries;
            bytes += partition.Amount.Bytes;
            deadLetters += partition.DeadLetters;
            oldest = Math.Max(oldest, partition.OldestMicros);
        }

        return new DirtySummary(entries, bytes, TimeSpan.FromMicroseconds(oldest), deadLetters);
    }
}

using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;

namespace Remanso.Redis.Tier;

// Not cached: a drain ends when this says that nothing is dirty. A look at the sums is one round trip, pipelined over the
// partitions, of the cheapest commands there are: an idle cache asks four times a second. Only of what is dirty a script
// asks for the age.
//
// A flush and the limits can do with an estimate, and must not wait for a partition whose server is away: of that one
// what was heard last counts.

/// <summary>Sums up what is dirty.</summary>
internal sealed class DirtyStep(TierContext tier)
{
    private static readonly ReplyParser<bool> _anyParser = static (ref reply) => PartitionState.HasAny(reply.ReadBytes());

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
        var any = await tier.Calls.TryAllAsync(all, static partition => partition, HasAnyAsync, cancellationToken).ConfigureAwait(false);
        var dirty = all.Where(partition => any[partition.Index] is { Error: null, Value: true }).ToArray();
        var asked = await tier.Calls.TryAllAsync(dirty, static partition => partition, AskAsync, cancellationToken).ConfigureAwait(false);
        var last = _last;
        var partitions = Array.ConvertAll(all, partition => any[partition.Index].Error is null ? default : last[partition.Index]);
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

    private static ValueTask<bool> HasAnyAsync(IRedisClient client, PartitionKeys partition, CancellationToken cancellationToken) =>
        client.ExecuteAsync(RedisRoute.FirstKey, _anyParser, cancellationToken, "GETRANGE", partition.State, 0, PartitionState.SumsLast);

    private static ValueTask<PartitionDirty> AskAsync(IRedisClient client, PartitionKeys partition, CancellationToken cancellationToken) =>
        DirtyScript.RunAsync(client, partition, cancellationToken);

    private async ValueTask<PartitionDirty[]> LookAsync(PartitionKeys[] partitions, CancellationToken cancellationToken)
    {
        var any = await tier.Calls.RunAllAsync(partitions, HasAnyAsync, cancellationToken).ConfigureAwait(false);
        int[] dirty = [.. Enumerable.Range(0, partitions.Length).Where(i => any[i])];
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

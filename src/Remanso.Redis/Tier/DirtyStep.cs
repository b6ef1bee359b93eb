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
        var any = await tier.Calls.RunAllAsync(all, HasAnyAsync, cancellationToken).ConfigureAwait(false);
        var dirty = all.Where(partition => any[partition.Index]).ToArray();
        var asked = await tier.Calls.RunAllAsync(dirty, AskAsync, cancellationToken).ConfigureAwait(false);
        var partitions = new PartitionDirty[all.Length];
        for (var i = 0; i < dirty.Length; i++)
        {
            partitions[dirty[i].Index] = asked[i];
        }

        return Note(partitions, notes);
    }

    /// <summary><see cref="SumAsync"/>, where partitions that can't be reached count as they did last.</summary>
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

    private DirtySummary Note(PartitionDirty[] partitions, int[] notes)
    {
        _last = partitions;
        tier.Dirty.Refresh(partitions, notes);

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

using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;

namespace Remanso.Redis.Tier;

// Not cached: a drain ends when this says that nothing is dirty. A look at the sums is one round trip, pipelined over the
// partitions, of the cheapest commands there are: an idle cache asks four times a second. Only of what is dirty a script
// asks for the age.

/// <summary>Sums up what is dirty.</summary>
internal sealed class DirtyStep(TierContext tier)
{
    private static readonly ReplyParser<bool> _anyParser = static (ref reply) => PartitionState.HasAny(reply.ReadBytes());

    /// <summary>Sums over all partitions, and notes the sums for the limits.</summary>
    public async ValueTask<DirtySummary> SumAsync(CancellationToken cancellationToken)
    {
        var all = tier.Keys.Partitions.ToArray();
        var any = await tier
            .Calls.RunAllAsync(
                all,
                static (client, partition, token) =>
                    client.ExecuteAsync(RedisRoute.FirstKey, _anyParser, token, "GETRANGE", partition.State, 0, PartitionState.SumsLast),
                cancellationToken
            )
            .ConfigureAwait(false);
        var dirty = all.Where(partition => any[partition.Index]).ToArray();
        var asked = await tier
            .Calls.RunAllAsync(
                dirty,
                static (client, partition, token) => DirtyScript.RunAsync(client, partition, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        var partitions = new PartitionDirty[all.Length];
        for (var i = 0; i < dirty.Length; i++)
        {
            partitions[dirty[i].Index] = asked[i];
        }

        tier.Dirty.Refresh(partitions);

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

    /// <summary>Renews what the limits are judged by; its failure is the next write's to tell.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SumAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (TierUnavailableException)
        {
            // The limits are judged by what was known before.
        }
    }
}

using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>Looks how long the queues are, and says how much to take of which.</summary>
internal sealed class TakeShares(TierContext tier)
{
    // When each partition was served last, by calls.
    private readonly long[] _served = new long[tier.Keys.Partitions.Length];
    private long _calls;

    /// <summary>How much to take of which queues, and whether that leaves something in one of them.</summary>
    public async ValueTask<(List<TakeShare> Shares, bool LeavesSome)> AskAsync(
        IReadOnlyList<PartitionLease> leases,
        int max,
        IReadOnlyDictionary<string, long> refused,
        CancellationToken cancellationToken
    )
    {
        var lengths = await tier
            .Calls.TryAllAsync(
                leases,
                lease => tier.Keys[lease.Partition],
                (client, lease, token) =>
                    client.ExecuteAsync(RedisRoute.FirstKey, Replies.Int64, token, "XLEN", tier.Keys[lease.Partition].Queue),
                cancellationToken,
                tier.Faults.NoteTake
            )
            .ConfigureAwait(false);
        for (var i = 0; i < lengths.Length; i++)
        {
            // What has something in its queue is judged by what comes of that.
            if (lengths[i] is { Error: null, Value: 0 })
            {
                tier.Faults.NoteEmpty(leases[i].Partition);
            }
        }

        var queued = Array.ConvertAll(lengths, static length => length.Error is null ? length.Value : 0);
        var served = leases.Select(lease => Volatile.Read(ref _served[lease.Partition])).ToArray();
        await SweepGhostsAsync(leases, lengths, cancellationToken).ConfigureAwait(false);
        var counts = TakePlan.Share(queued, served, max);
        var filled = Math.Max(1, counts.Count(static count => count > 0));
        var most = tier.Bounds.Values / filled;
        // A marker may stand for many versions: those that have some get what no marker needs.
        var spare = tier.KeepsVersions ? (max - counts.Sum()) / filled : 0;
        var now = Interlocked.Increment(ref _calls);
        var shares = new List<TakeShare>();
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] == 0)
            {
                continue;
            }

            Volatile.Write(ref _served[leases[i].Partition], now);
            shares.Add(new TakeShare(tier.Keys[leases[i].Partition], leases[i], counts[i], counts[i] + spare, most, refused));
        }

        return (shares, Array.Exists(lengths, static length => length.Error is not null) || counts.Sum() < queued.Sum());
    }

    /// <summary>Where nothing is queued and something counts as dirty, what was queued is gone, perhaps with the queue.</summary>
    private async ValueTask SweepGhostsAsync(
        IReadOnlyList<PartitionLease> leases,
        Attempt<long>[] queued,
        CancellationToken cancellationToken
    )
    {
        PartitionLease[] haunted =
        [
            .. leases.Where((lease, i) => queued[i] is { Error: null, Value: 0 } && tier.Dirty.EntriesOf(lease.Partition) > 0),
        ];
        if (haunted.Length == 0)
        {
            return;
        }

        var swept = await tier
            .Calls.TryAllAsync(
                haunted,
                lease => tier.Keys[lease.Partition],
                (client, lease, token) =>
                    SweepScript.RunAsync(
                        client,
                        tier.Keys[lease.Partition],
                        PartitionStep.TextOf(lease),
                        [],
                        [],
                        tier.KeepsVersions,
                        token
                    ),
                cancellationToken,
                tier.Faults.NoteTake
            )
            .ConfigureAwait(false);
        for (var i = 0; i < swept.Length; i++)
        {
            // Without the lease nobody looked.
            if (swept[i] is { Error: null, Value: >= 0 })
            {
                tier.NoteVanished(swept[i].Value, []);
                tier.Dirty.Note(haunted[i].Partition, default);
            }
        }
    }
}

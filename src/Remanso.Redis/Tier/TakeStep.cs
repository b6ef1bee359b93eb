using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>Takes dirty entries from the queues of partitions.</summary>
/// <remarks>
/// <para>Three round trips, each pipelined over the partitions: how long the queues are (the only one where all are empty, and the cheapest command
/// there is), their oldest markers, and the script that hands out the entries. The first two only read, so they need no fencing; the script
/// checks the lease, and every marker once more.</para>
/// <para>A stream read from its start gives what was taken and is not settled before what is queued, whoever took it: a consumer group would add a
/// second account of the same, to be kept in step with the entries' own flags, and lost with the server's data while a process still relies on it.</para>
/// </remarks>
internal sealed class TakeStep(TierContext tier)
{
    // The bytes of values on their way at once; a larger batch is left to the next call.
    private const long MostBytes = 32 << 20;

    private static readonly ReplyParser<List<QueuedMarker>> _markersParser = static (ref reply) =>
    {
        var count = reply.ReadArrayHeader();
        var markers = new List<QueuedMarker>(count);
        for (; count > 0; count--)
        {
            reply.ReadArrayHeader();
            var id = reply.ReadString()!;
            reply.ReadArrayHeader();
            reply.Skip();
            markers.Add(new QueuedMarker(id, reply.ReadString()!));
        }

        return markers;
    };

    private uint _turn;

    /// <summary>Takes up to <paramref name="max"/> entries.</summary>
    public async ValueTask<IReadOnlyList<TakenEntry>> TakeAsync(
        IReadOnlyList<PartitionLease> leases, int max, CancellationToken cancellationToken)
    {
        if (leases.Count == 0 || max <= 0) return [];

        var shares = await ShareAsync(leases, max, cancellationToken).ConfigureAwait(false);
        if (shares.Count == 0) return [];

        var queues = await tier.Calls.RunAllAsync(
            shares,
            static (client, share, token) => client.ExecuteAsync(
                RedisRoute.FirstKey, _markersParser, token, "XRANGE", share.Keys.Queue, "-", "+", "COUNT", share.Count),
            cancellationToken).ConfigureAwait(false);
        var asked = shares.Zip(queues, (share, markers) => (share.Keys, share.Lease, Markers: OldestOfEachKey(markers), Bytes: MostBytes / shares.Count));
        return await HandOutAsync([.. asked], cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<List<(PartitionKeys Keys, PartitionLease Lease, int Count)>> ShareAsync(
        IReadOnlyList<PartitionLease> leases, int max, CancellationToken cancellationToken)
    {
        var queued = await tier.Calls.RunAllAsync(
            leases,
            (client, lease, token) => client.ExecuteAsync(
                RedisRoute.FirstKey, Replies.Int64, token, "XLEN", tier.Keys[lease.Partition].Queue),
            cancellationToken).ConfigureAwait(false);

        // Every call begins at the next lease, so that partitions take turns at being first where not all get a share.
        var counts = TakePlan.Share(queued, max, (int)(Interlocked.Increment(ref _turn) % (uint)leases.Count));
        var shares = new List<(PartitionKeys, PartitionLease, int)>();
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0) shares.Add((tier.Keys[leases[i].Partition], leases[i], counts[i]));
        }

        return shares;
    }

    private async ValueTask<IReadOnlyList<TakenEntry>> HandOutAsync(
        IReadOnlyList<(PartitionKeys Keys, PartitionLease Lease, IReadOnlyList<QueuedMarker> Markers, long Bytes)> asked,
        CancellationToken cancellationToken)
    {
        var handedOut = await tier.Calls.RunAllAsync(
            asked,
            static (client, item, token) => TakeScript.RunAsync(
                client, item.Keys, PartitionStep.TextOf(item.Lease), item.Markers, item.Bytes, token),
            cancellationToken).ConfigureAwait(false);
        var taken = new List<TakenEntry>(handedOut.Sum(static entries => entries.Count));
        for (var i = 0; i < handedOut.Length; i++)
        {
            foreach (var (index, entry) in handedOut[i])
            {
                var marker = asked[i].Markers[index];
                taken.Add(new TakenEntry(asked[i].Lease, marker.Key, entry, marker.Id));
            }
        }

        return taken;
    }

    /// <summary>A key that was written again since it was taken has two markers; the older one carries it.</summary>
    private static List<QueuedMarker> OldestOfEachKey(List<QueuedMarker> markers)
    {
        var seen = new HashSet<string>(markers.Count, StringComparer.Ordinal);
        markers.RemoveAll(marker => !seen.Add(marker.Key));
        return markers;
    }
}

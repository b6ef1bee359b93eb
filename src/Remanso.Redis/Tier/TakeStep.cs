using Remanso.Entries;
using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

// Three round trips, each pipelined over the partitions: how long the queues are (the only one where all are empty, and
// the cheapest command there is); the oldest markers of a few queues; then, together, the script that moves their
// watermarks and the plain MGET of the entries behind it.
//
// Nothing is written per entry. A key counts as queued while its mark is above the partition's watermark
// (PartitionState), so moving that takes all markers up to it at once: a write from then on queues a new marker. The
// entries are read behind the script, so what is read is at least as new as what was queued; a value that was written
// between the two is handed out with its newer mark, and comes once more at worst. Where a redirect reverses the two,
// or a fail-over takes the watermark back, a write in between may find its key queued still: then the settlement finds
// the entry changed under the same mark, and its marker stays. The script checks the lease; without it nothing that was
// read counts.
//
// A stream read from its start gives what was taken and is not settled before what is queued, whoever took it. A dirty
// entry's own mark is in the stream until the entry is settled; other markers of its key are left-overs, and go when
// they are met.
//
// What the store refused lies in front. Until it may be tried again its header is looked at, not its value: it costs
// neither bytes nor the room of those behind it.

/// <summary>Takes dirty entries from the queues of partitions.</summary>
internal sealed class TakeStep(TierContext tier)
{
    // A script holds up its server, and its stack has room for some thousands of arguments.
    private const int MostPerSweep = 1000;

    private static readonly ReplyParser<(long Bytes, byte[] Reign)> _stateParser = static (ref reply) =>
    {
        var state = reply.TryReadNull() ? [] : reply.ReadBytes();
        return (PartitionState.Bytes(state), PartitionState.Reign(state));
    };

    private static readonly ReplyParser<Found[]> _entriesParser = static (ref reply) =>
    {
        var entries = new Found[reply.ReadArrayHeader()];
        var headers = new byte[entries.Length * EntryLayout.HeaderLength].AsMemory();
        for (var i = 0; i < entries.Length; i++)
        {
            if (!reply.TryReadNull())
            {
                entries[i] = Found.Read(reply.ReadBytes(), headers.Slice(i * EntryLayout.HeaderLength, EntryLayout.HeaderLength));
            }
        }

        return entries;
    };

    private readonly QueueReader _queues = new(tier.Bounds);

    private readonly TakeShares _shares = new(tier);

    /// <summary>Takes up to <paramref name="max"/> entries; where versions are kept, one of each refused key.</summary>
    public async ValueTask<TakenEntries> TakeAsync(
        IReadOnlyList<PartitionLease> leases,
        int max,
        IReadOnlyDictionary<string, long> refused,
        CancellationToken cancellationToken
    )
    {
        if (leases.Count == 0 || max <= 0)
        {
            return TakenEntries.None;
        }

        var (shares, hasMore) = await _shares.AskAsync(leases, max, refused, cancellationToken).ConfigureAwait(false);
        if (shares.Count == 0)
        {
            return new TakenEntries([], hasMore);
        }

        // A partition that fails is left out: what it has stays in its queue.
        var queues = await tier
            .Calls.TryAllAsync(shares, static share => share.Keys, ReadQueueAsync, cancellationToken, tier.Faults.NoteTake)
            .ConfigureAwait(false);
        var filled = queues
            .Where(static queue => queue is { Error: null, Value.Markers.Count: > 0 })
            .Select(static queue => queue.Value)
            .ToArray();
        var taken = await tier
            .Calls.TryAllAsync(filled, static queue => queue.Share.Keys, HandOutAsync, cancellationToken, tier.Faults.NoteTake)
            .ConfigureAwait(false);
        NoteTaken(queues, filled, taken);
        hasMore |=
            Array.Exists(queues, static queue => queue is { Error: not null } or { Value.IsCut: true })
            || Array.Exists(taken, static part => part.Error is not null || part.Value.Exists(static entry => entry.HasLater));
        return new TakenEntries(
            taken is [{ Error: null } only]
                ? only.Value
                : [.. taken.Where(static part => part.Error is null).SelectMany(static part => part.Value)],
            hasMore,
            [.. queues.Where(static queue => queue.Error is null).SelectMany(static queue => queue.Value.HeldBack)]
        );
    }

    /// <summary>What passes to the end is well: one that does in part shall not seem so meanwhile.</summary>
    private void NoteTaken(Attempt<Queue>[] queues, Queue[] filled, Attempt<List<TakenEntry>>[] taken)
    {
        var whole = queues
            .Where(static queue => queue is { Error: null, Value.Markers.Count: 0 })
            .Select(static queue => queue.Value)
            .Concat(filled.Where((_, i) => taken[i].Error is null));
        foreach (var queue in whole)
        {
            tier.Faults.NoteTaken(queue.Share.Keys.Index);
        }
    }

    private async ValueTask<Queue> ReadQueueAsync(IRedisClient client, TakeShare share, CancellationToken cancellationToken)
    {
        Task<(long Bytes, byte[] Reign)> sentState;
        Task<List<QueuedMarker>> sentMarkers;
        using (WriteBatch.Begin())
        {
            // Before the markers: where another server answers in between, they are under a later reign than is noted.
            sentState = client.ExecuteAsync(RedisRoute.FirstKey, _stateParser, cancellationToken, "GET", share.Keys.State).AsTask();
            sentMarkers = _queues.ReadAsync(client, share.Keys, share.Count, cancellationToken).AsTask();
        }

        // Both, also where one failed: the other's error would be nobody's.
        await Task.WhenAll(sentState, sentMarkers).ConfigureAwait(false);
        var (bytes, reign) = await sentState.ConfigureAwait(false);
        var markers = await sentMarkers.ConfigureAwait(false);
        var heldBack = await HeldBackStep
            .FindAsync(client, share.Keys, markers, share.Refused, tier.KeepsVersions, cancellationToken)
            .ConfigureAwait(false);
        if (heldBack.Count > 0 && markers.TrueForAll(marker => heldBack.Contains(marker.Key)))
        {
            return new Queue(share, reign, [], Versions: null, IsCut: false, heldBack);
        }

        if (tier.KeepsVersions)
        {
            var (count, versions) = await KeptStep
                .PlanAsync(client, share.Keys, markers, heldBack, share.Refused, share.Versions, share.MostBytes, cancellationToken)
                .ConfigureAwait(false);
            return new Queue(share, reign, markers[..count], versions, IsCut: count < markers.Count, heldBack);
        }

        var isCut = false;
        if (bytes > share.MostBytes)
        {
            var count = await CountWithinAsync(client, share, markers, heldBack, cancellationToken).ConfigureAwait(false);
            isCut = count < markers.Count;
            markers = markers[..count];
        }

        return new Queue(share, reign, markers, Versions: null, isCut, heldBack);
    }

    /// <summary>How many of the markers stand for no more bytes than are to be on their way at once; at least one.</summary>
    private static async ValueTask<int> CountWithinAsync(
        IRedisClient client,
        TakeShare share,
        List<QueuedMarker> markers,
        HashSet<string> heldBack,
        CancellationToken cancellationToken
    )
    {
        var lengths = new Task<long>[markers.Count];
        using (WriteBatch.Begin())
        {
            for (var i = 0; i < lengths.Length; i++)
            {
                lengths[i] = heldBack.Contains(markers[i].Key)
                    ? Task.FromResult(0L)
                    : LengthAsync(client, share.Keys.EntryOf(markers[i].Key), cancellationToken);
            }
        }

        var bytes = (await Task.WhenAll(lengths).ConfigureAwait(false)).AsSpan();
        var count = 0;
        for (var sum = 0L; count < bytes.Length && (sum == 0 || sum + bytes[count] <= share.MostBytes); count++)
        {
            sum += bytes[count];
        }

        return count;
    }

    private static async Task<long> LengthAsync(IRedisClient client, string entry, CancellationToken cancellationToken)
    {
        try
        {
            return await client.ExecuteAsync(RedisRoute.FirstKey, Replies.Int64, cancellationToken, "STRLEN", entry).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (exception.Code == "WRONGTYPE")
        {
            // Somebody else's; what was there is lost, and must not hold up the others.
            return 0;
        }
    }

    private async ValueTask<List<TakenEntry>> HandOutAsync(IRedisClient client, Queue queue, CancellationToken cancellationToken)
    {
        var (share, reign, markers, versions, _, heldBack) = queue;
        var batch = new TakenBatch(markers, reign);
        var oldest = batch.Oldest;
        int[] places = [.. Enumerable.Range(0, oldest.Count).Where(place => !heldBack.Contains(oldest[place].Key))];
        Task<long> sentScript;
        var sentEntries = new List<Task<Found[]>>();
        var sentKept = versions is null ? [] : new Task<KeptRead>[places.Length];
        using (WriteBatch.Begin())
        {
            sentScript = TakeScript
                .RunAsync(client, share.Keys, PartitionStep.TextOf(share.Lease), markers[^1].Id, markers.Count, cancellationToken)
                .AsTask();
            foreach (var part in places.Chunk(tier.Bounds.Entries))
            {
                RespArg[] command = ["MGET", .. part.Select(place => (RespArg)share.Keys.EntryOf(oldest[place].Key))];
                sentEntries.Add(client.ExecuteAsync(RedisRoute.FirstKey, _entriesParser, cancellationToken, command).AsTask());
            }

            // Behind the entries: what was overwritten meanwhile is in the list then.
            for (var i = 0; i < sentKept.Length; i++)
            {
                var key = oldest[places[i]].Key;
                sentKept[i] = KeptStep.ReadAsync(client, share.Keys.KeptOf(key), versions![key], tier.Bounds, cancellationToken).AsTask();
            }
        }

        // All, also where one failed: the others' errors would be nobody's.
        await Task.WhenAll([sentScript, .. sentEntries, .. sentKept]).ConfigureAwait(false);
        var number = await sentScript.ConfigureAwait(false);
        var parts = await Task.WhenAll(sentEntries).ConfigureAwait(false);
        var found = parts.Length == 1 ? parts[0] : [.. parts.SelectMany(static part => part)];
        var kept = await Task.WhenAll(sentKept).ConfigureAwait(false);
        batch.Number = number;
        return number < 0 ? [] : await SelectAsync(client, queue, batch, places, found, kept, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<List<TakenEntry>> SelectAsync(
        IRedisClient client,
        Queue queue,
        TakenBatch batch,
        int[] places,
        Found[] found,
        KeptRead[] kept,
        CancellationToken cancellationToken
    )
    {
        var share = queue.Share;
        var markers = batch.Oldest;
        var taken = new List<TakenEntry>(markers.Count);
        var leftOver = new List<long>();
        var gone = new List<string>();
        for (var at = 0; at < places.Length; at++)
        {
            var i = places[at];
            var (entry, mark, keptBeside, header, isForeign) = found[at];
            if (entry is { IsDirty: true, IsDeadLetter: false })
            {
                var marker = new TakenMarker(batch, i, mark, header);
                if (queue.Versions is null)
                {
                    taken.Add(new TakenEntry(share.Lease, markers[i].Key, entry, marker) { TraceParent = markers[i].TraceParent });
                }
                else
                {
                    AddVersions(
                        taken,
                        share.Lease,
                        markers[i],
                        KeptStep.Select(entry, keptBeside, kept[at], queue.Versions[markers[i].Key].Versions),
                        marker
                    );
                }

                continue;
            }

            // Settled or removed since the marker was read; its key would have a marker of its own if it was dirty again.
            if (isForeign)
            {
                tier.Logger.EntryLost(tier.Keys.Cache, markers[i].Key);
            }
            else if (entry is null)
            {
                gone.Add(markers[i].Key);
            }

            batch.Done(i);
            leftOver.Add(markers[i].Id);
        }

        var count = 0L;
        foreach (var part in leftOver.Chunk(MostPerSweep))
        {
            count += await SweepScript
                .RunAsync(client, share.Keys, PartitionStep.TextOf(share.Lease), queue.Reign, part, tier.KeepsVersions, cancellationToken)
                .ConfigureAwait(false);
        }

        tier.NoteVanished(count, gone);
        return taken;
    }

    private static void AddVersions(
        List<TakenEntry> taken,
        PartitionLease lease,
        QueuedMarker queued,
        (List<CacheEntry> Versions, bool HasLater) part,
        TakenMarker marker
    )
    {
        // Without any its marker stays, and the next take looks again.
        if (part.Versions is not [.. var earlier, var last])
        {
            return;
        }

        taken.Add(
            new TakenEntry(lease, queued.Key, last, marker)
            {
                Earlier = earlier,
                HasLater = part.HasLater,
                TraceParent = queued.TraceParent,
            }
        );
    }

    /// <param name="Share">Where the markers are.</param>
    /// <param name="Reign">The reign under which they were read.</param>
    /// <param name="Markers">The markers to take.</param>
    /// <param name="Versions">Where every version is kept: how much of each key.</param>
    /// <param name="IsCut">Whether markers that were asked for are left, for what they stand for has too many bytes or versions.</param>
    /// <param name="HeldBack">Keys that are not taken, though their markers are.</param>
    private sealed record Queue(
        TakeShare Share,
        byte[] Reign,
        List<QueuedMarker> Markers,
        Dictionary<string, KeptPart>? Versions,
        bool IsCut,
        HashSet<string> HeldBack
    );

    /// <param name="Entry">The entry; null where there is none, or somebody else's bytes.</param>
    /// <param name="Mark">Its mark.</param>
    /// <param name="Kept">How many versions are kept beside it.</param>
    /// <param name="Header">Its header where it is simple.</param>
    /// <param name="IsForeign">Whether there is something else.</param>
    private readonly record struct Found(CacheEntry? Entry, long Mark, long Kept, ReadOnlyMemory<byte> Header, bool IsForeign)
    {
        public static Found Read(ReadOnlySpan<byte> bytes, Memory<byte> header)
        {
            if (!EntryLayout.IsEntry(bytes))
            {
                return new(null, 0, 0, default, true);
            }

            bytes[..EntryLayout.HeaderLength].CopyTo(header.Span);
            return new(
                EntryLayout.Read(bytes),
                EntryLayout.Mark(bytes),
                EntryLayout.Kept(bytes).Count,
                EntryLayout.IsSimple(bytes) ? header : default,
                false
            );
        }
    }
}

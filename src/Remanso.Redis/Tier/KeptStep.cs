using Remanso.Entries;
using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;

namespace Remanso.Redis.Tier;

// An entry says how many versions are kept beside it. So a look at the headers, before anything is taken, tells how
// many keys fit, and how much of the last one; and the count in the entry that is taken tells whether the list that was
// read is whole, in whatever order a redirect ran the two. What is not whole is a beginning of the list, which is as
// good: it is saved, and the key stays queued.
//
// The header says how many bytes the versions have together, and not which of them has how many. So where they don't
// all fit, a script counts while it reads; where they do, XRANGE holds the server less.

/// <summary>The kept versions of caches that keep every version: how many of them a take has room for, and what they are.</summary>
internal static class KeptStep
{
    // Bytes that a script copies at once: it holds up its server.
    private const long MostPerScript = 4 << 20;

    private static readonly ReplyParser<List<CacheEntry>> _versionsParser = static (ref reply) =>
    {
        var count = reply.ReadArrayHeader();
        var versions = new List<CacheEntry>(count);
        for (; count > 0; count--)
        {
            reply.ReadArrayHeader();
            reply.Skip();
            reply.ReadArrayHeader();
            reply.Skip();
            versions.Add(EntryLayout.Read(reply.ReadBytes()));
        }

        return versions;
    };

    /// <summary>How many versions of which keys fit into a batch, from the first marker on; of the last key perhaps not all.</summary>
    /// <param name="client">The client.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="markers">Its oldest markers.</param>
    /// <param name="heldBack">Keys that are not taken.</param>
    /// <param name="refused">Keys of which only the oldest version is taken.</param>
    /// <param name="room">How many versions fit.</param>
    /// <param name="bytes">How many bytes fit; one version always does.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>How many of the markers to take, and how much of each of their keys.</returns>
    public static async ValueTask<(int Markers, Dictionary<string, KeptPart> Parts)> PlanAsync(
        IRedisClient client,
        PartitionKeys partition,
        List<QueuedMarker> markers,
        HashSet<string> heldBack,
        IReadOnlyDictionary<string, long> refused,
        int room,
        long bytes,
        CancellationToken cancellationToken
    )
    {
        var sent = new Task<EntryHeader>[markers.Count];
        using (WriteBatch.Begin())
        {
            for (var i = 0; i < sent.Length; i++)
            {
                sent[i] = heldBack.Contains(markers[i].Key)
                    ? Task.FromResult<EntryHeader>(default)
                    : EntryHeader.ReadAsync(client, partition.EntryOf(markers[i].Key), EntryLayout.HeaderLength, cancellationToken);
            }
        }

        var found = await Task.WhenAll(sent).ConfigureAwait(false);
        var plan = new Dictionary<string, KeptPart>(markers.Count, StringComparer.Ordinal);
        var count = 0;
        for (; count < found.Length && room > 0 && (bytes > 0 || plan.Count == 0); count++)
        {
            var key = markers[count].Key;
            if (plan.ContainsKey(key) || heldBack.Contains(key))
            {
                continue;
            }

            var (kept, current) = (found[count].Kept, (long)found[count].ValueLength);
            var (versions, size) = (kept.Count + 1, kept.Bytes + current);
            if (versions > 1 && refused.ContainsKey(key))
            {
                // As much as one of them has on the average: the header does not say more.
                (versions, size) = (1, current + ((size - current) / (versions - 1)));
            }

            if (plan.Count > 0 && current > bytes)
            {
                // Of what is kept beside it a beginning would do, but it comes whole, with the others.
                break;
            }

            var part = new KeptPart((int)Math.Min(versions, room), size <= bytes ? null : Math.Max(0, bytes));
            plan.Add(key, part);
            room -= part.Versions;
            bytes -= size;
        }

        return (count, plan);
    }

    /// <summary>Reads the oldest kept versions of a key. The first command is on its way when this returns.</summary>
    /// <param name="client">The client.</param>
    /// <param name="versions">The stream of them.</param>
    /// <param name="asked">How much of it.</param>
    /// <param name="bounds">How much comes in one reply.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static async ValueTask<KeptRead> ReadAsync(
        IRedisClient client,
        string versions,
        KeptPart asked,
        ReplyBounds bounds,
        CancellationToken cancellationToken
    )
    {
        var count = asked.Versions;
        if (asked.MostBytes is { } mostBytes)
        {
            return await ReadWithinAsync(client, versions, count, Math.Min(mostBytes, bounds.Values), cancellationToken)
                .ConfigureAwait(false);
        }

        var most = bounds.Entries;
        var read = await SendAsync(client, versions, "-", Math.Min(count, most), cancellationToken).ConfigureAwait(false);
        for (var part = read; part.Count == most && read.Count < count; read.AddRange(part))
        {
            part = await SendAsync(
                    client,
                    versions,
                    MarkerId.After(read[^1].Version),
                    Math.Min(count - read.Count, most),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        return new KeptRead(read, IsCut: false);
    }

    private static async ValueTask<KeptRead> ReadWithinAsync(
        IRedisClient client,
        string versions,
        int count,
        long bytes,
        CancellationToken cancellationToken
    )
    {
        var read = new List<CacheEntry>();
        var from = "-";
        bool isCut;
        do
        {
            (var part, isCut) = await RangeScript
                .RunAsync(client, _versionsParser, versions, from, count - read.Count, Math.Min(bytes, MostPerScript), cancellationToken)
                .ConfigureAwait(false);
            read.AddRange(part);
            bytes -= part.Sum(static version => (long)version.Value.Length);
            from = read.Count > 0 ? MarkerId.After(read[^1].Version) : from;
        } while (isCut && bytes > 0);

        return new KeptRead(read, isCut);
    }

    /// <summary>What to save of a key.</summary>
    /// <param name="current">Its entry.</param>
    /// <param name="kept">How many versions it says are kept beside it.</param>
    /// <param name="found">The oldest of them.</param>
    /// <param name="asked">How many were asked for.</param>
    /// <returns>The versions, oldest first, and whether more wait; none where they were read too early.</returns>
    public static (List<CacheEntry> Versions, bool HasLater) Select(CacheEntry current, long kept, KeptRead found, int asked)
    {
        var read = found.Versions;
        var isWhole = !found.IsCut && (read.Count < asked || read[^1].Version >= current.Version);
        var versions = read.FindAll(version => version.Version < current.Version);
        if (!isWhole || versions.Count < kept)
        {
            return (versions, HasLater: true);
        }

        versions.Add(current);
        return (versions, HasLater: false);
    }

    private static ValueTask<List<CacheEntry>> SendAsync(
        IRedisClient client,
        string versions,
        string from,
        int count,
        CancellationToken cancellationToken
    ) => client.ExecuteAsync(RedisRoute.FirstKey, _versionsParser, cancellationToken, "XRANGE", versions, from, "+", "COUNT", count);
}

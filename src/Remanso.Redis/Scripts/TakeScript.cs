using System.Runtime.InteropServices;
using Remanso.Entries;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Takes the dirty entries to which markers of one partition belong.</summary>
internal static class TakeScript
{
    private static readonly RedisScript _script = ScriptText.Load("take");

    // Index, and the fields of an entry.
    private const int ValuesPerEntry = 1 + EntryFields.Count;

    private static readonly ReplyParser<List<(int Index, CacheEntry Entry)>> _parser = static (ref reply) =>
    {
        var count = reply.ReadArrayHeader() / ValuesPerEntry;
        var taken = new List<(int, CacheEntry)>(count);
        for (; count > 0; count--) taken.Add(((int)reply.ReadInt64(), EntryFields.Read(ref reply)));
        return taken;
    };

    /// <param name="client">The client.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="lease">Its lease.</param>
    /// <param name="markers">The oldest marker of each key.</param>
    /// <param name="maxBytes">How many bytes of values; one entry is taken whatever its size.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What is dirty, each with the index of its marker.</returns>
    public static ValueTask<List<(int Index, CacheEntry Entry)>> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        string lease,
        IReadOnlyList<QueuedMarker> markers,
        long maxBytes,
        CancellationToken cancellationToken)
    {
        var keys = new List<RespArg>(markers.Count + 3) { partition.Owner, partition.State, partition.Queue };
        var arguments = new List<RespArg>(markers.Count + 2) { lease, maxBytes };
        foreach (var marker in markers)
        {
            keys.Add(partition.EntryOf(marker.Key));
            arguments.Add(marker.Id);
        }

        return client.EvalAsync(
            _script, _parser, CollectionsMarshal.AsSpan(keys), CollectionsMarshal.AsSpan(arguments), cancellationToken);
    }
}

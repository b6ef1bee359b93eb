using System.Runtime.InteropServices;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Removes or expires by tag in one partition.</summary>
internal static class RemoveTagsScript
{
    // No tag begins so.
    private const string Expiry = "\u0001";

    private static readonly RedisScript _script = ScriptText.Load("remove-tags");

    /// <param name="client">The client.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="leaseMicros">For how long a fill lease runs.</param>
    /// <param name="most">How many removals the partition remembers at most, more than there are tags.</param>
    /// <param name="keepsStale">Whether the copies stay as stale ones.</param>
    /// <param name="tags">The tags.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static ValueTask<long> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        long leaseMicros,
        int most,
        bool keepsStale,
        IReadOnlyList<string> tags,
        CancellationToken cancellationToken
    )
    {
        var arguments = new List<RespArg>(tags.Count + 4) { partition.Channel, leaseMicros, most, keepsStale ? Expiry : string.Empty };
        foreach (var tag in tags)
        {
            arguments.Add(tag);
        }

        return client.EvalAsync(
            _script,
            Replies.Int64,
            [partition.State, partition.Removals],
            CollectionsMarshal.AsSpan(arguments),
            cancellationToken
        );
    }
}

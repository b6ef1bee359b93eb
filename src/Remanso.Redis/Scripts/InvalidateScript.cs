using System.Runtime.InteropServices;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Drops the clean copies of keys of one partition, or ends their freshness.</summary>
internal static class InvalidateScript
{
    private static readonly RedisScript _script = ScriptText.Load("invalidate");
    private static readonly RedisScript _expire = ScriptText.Load("expire");

    /// <param name="client">The client.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="keys">Keys of it.</param>
    /// <param name="keepsStale">Whether the copies stay for their grace period.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static ValueTask<long> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        IReadOnlyList<string> keys,
        bool keepsStale,
        CancellationToken cancellationToken
    )
    {
        var names = new List<RespArg>((keys.Count * 2) + 1) { partition.State };
        var arguments = new List<RespArg>(keys.Count + 1) { partition.Channel };
        foreach (var key in keys)
        {
            names.Add(partition.EntryOf(key));
            names.Add(partition.LeaseOf(key));
            arguments.Add(key);
        }

        return client.EvalAsync(
            keepsStale ? _expire : _script,
            Replies.Int64,
            CollectionsMarshal.AsSpan(names),
            CollectionsMarshal.AsSpan(arguments),
            cancellationToken
        );
    }
}

using System.Runtime.InteropServices;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Drops the clean copies of keys of one partition.</summary>
internal static class InvalidateScript
{
    private static readonly RedisScript _script = ScriptText.Load("invalidate");

    public static ValueTask<long> RunAsync(
        IRedisClient client, PartitionKeys partition, IReadOnlyList<string> keys, CancellationToken cancellationToken)
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
            _script, Replies.Int64, CollectionsMarshal.AsSpan(names), CollectionsMarshal.AsSpan(arguments), cancellationToken);
    }
}

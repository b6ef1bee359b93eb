using System.Runtime.InteropServices;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Queues dead letters of one partition again.</summary>
internal static class ReplayScript
{
    private static readonly RedisScript _script = ScriptText.Load("replay");

    /// <returns>How many of the keys were dead letters.</returns>
    public static ValueTask<long> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        int batch,
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    )
    {
        var names = new List<RespArg>(keys.Count + 3) { partition.State, partition.Queue, partition.DeadLetters };
        var arguments = new List<RespArg>(keys.Count + 2) { partition.Channel, batch };
        foreach (var key in keys)
        {
            names.Add(partition.EntryOf(key));
            arguments.Add(key);
        }

        return client.EvalAsync(
            _script,
            Replies.Int64,
            CollectionsMarshal.AsSpan(names),
            CollectionsMarshal.AsSpan(arguments),
            cancellationToken
        );
    }
}

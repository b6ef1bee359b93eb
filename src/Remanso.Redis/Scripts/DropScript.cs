using System.Runtime.InteropServices;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Gives up dead letters of one partition.</summary>
internal static class DropScript
{
    private static readonly RedisScript _script = ScriptText.Load("drop");
    private static readonly RedisScript _every = ScriptText.LoadEvery("drop");

    /// <returns>How many of the keys were dead letters.</returns>
    public static ValueTask<long> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        IReadOnlyList<string> keys,
        bool keepsVersions,
        CancellationToken cancellationToken
    )
    {
        var names = new List<RespArg>(keys.Count + 2) { partition.State, partition.DeadLetters };
        var arguments = new List<RespArg>(keys.Count);
        foreach (var key in keys)
        {
            names.Add(partition.EntryOf(key));
            arguments.Add(key);
        }

        if (keepsVersions)
        {
            foreach (var key in keys)
            {
                names.Add(partition.KeptOf(key));
            }
        }

        return client.EvalAsync(
            keepsVersions ? _every : _script,
            Replies.Int64,
            CollectionsMarshal.AsSpan(names),
            CollectionsMarshal.AsSpan(arguments),
            cancellationToken
        );
    }
}

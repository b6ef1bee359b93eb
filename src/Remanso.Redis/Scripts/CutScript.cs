using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Removes the oldest markers of one partition.</summary>
internal static class CutScript
{
    private static readonly RedisScript _script = ScriptText.Load("holds", "cut");

    /// <returns>How many dirty entries are gone that nobody settled; -1 where the lease is lost, and nothing was removed.</returns>
    public static ValueTask<long> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        string lease,
        long newest,
        CancellationToken cancellationToken
    ) => client.EvalAsync(_script, Replies.Int64, [partition.Owner, partition.State, partition.Queue], [lease, newest], cancellationToken);
}

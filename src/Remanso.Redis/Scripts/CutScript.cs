using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Removes the oldest markers of one partition.</summary>
internal static class CutScript
{
    private static readonly RedisScript _script = ScriptText.Load("holds", "cut");

    /// <returns>Whether the lease is still this one; otherwise nothing was removed.</returns>
    public static ValueTask<bool> RunAsync(
        IRedisClient client, PartitionKeys partition, string lease, long newest, CancellationToken cancellationToken) =>
        client.EvalAsync(
            _script, Replies.Boolean, [partition.Owner, partition.State, partition.Queue], [lease, newest], cancellationToken);
}

using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Gives a partition lease back.</summary>
internal static class ReleaseScript
{
    private static readonly RedisScript _script = ScriptText.Load("holds", "release");

    /// <returns>Whether it was still this one.</returns>
    public static ValueTask<bool> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        string lease,
        CancellationToken cancellationToken
    ) => client.EvalAsync(_script, Replies.Boolean, [partition.Owner], [lease], cancellationToken);
}

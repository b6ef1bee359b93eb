using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Ends a fill lease without a fill.</summary>
internal static class ReleaseLeaseScript
{
    private static readonly RedisScript _script = ScriptText.Load("release-lease");

    /// <returns>Whether the token held the lease, and nothing came since it was given that would have voided a fill.</returns>
    public static ValueTask<bool> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        string key,
        long token,
        CancellationToken cancellationToken
    ) =>
        client.EvalAsync(
            _script,
            Replies.Boolean,
            [partition.LeaseOf(key), partition.State],
            [key, partition.Channel, token],
            cancellationToken
        );
}

using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Lets a fill lease run on.</summary>
internal static class RenewLeaseScript
{
    private static readonly RedisScript _script = ScriptText.Load("note-lease", "renew-lease");

    /// <returns>Whether it is still in force.</returns>
    public static ValueTask<bool> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        string key,
        long token,
        long milliseconds,
        CancellationToken cancellationToken
    ) => client.EvalAsync(_script, Replies.Boolean, [partition.LeaseOf(key), partition.State], [token, milliseconds], cancellationToken);
}

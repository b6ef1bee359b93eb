using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Announces a waiter for the end of a fill lease.</summary>
internal static class WaitScript
{
    private static readonly RedisScript _script = ScriptText.Load("wait");

    /// <returns>The milliseconds for which the lease still runs; 0 where none is in force.</returns>
    public static ValueTask<long> RunAsync(IRedisClient client, PartitionKeys partition, string key, CancellationToken cancellationToken) =>
        client.EvalAsync(_script, Replies.Int64, [partition.LeaseOf(key), partition.State], [], cancellationToken);
}

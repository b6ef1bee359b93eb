using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>States the terms of one partition.</summary>
internal static class TermsScript
{
    private static readonly RedisScript _script = ScriptText.Load("terms");

    /// <returns>The terms in force.</returns>
    public static ValueTask<long> RunAsync(IRedisClient client, PartitionKeys partition, long terms, CancellationToken cancellationToken) =>
        client.EvalAsync(_script, Replies.Int64, [partition.State], [terms], cancellationToken);
}

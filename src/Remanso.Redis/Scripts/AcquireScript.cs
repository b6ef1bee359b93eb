using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Takes or renews a partition lease.</summary>
internal static class AcquireScript
{
    private static readonly RedisScript _script = ScriptText.Load("holds", "acquire");

    /// <returns>The fencing token; 0 while another worker holds it, -1 where the terms are others.</returns>
    public static ValueTask<long> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        string worker,
        long milliseconds,
        long terms,
        CancellationToken cancellationToken
    ) => client.EvalAsync(_script, Replies.Int64, [partition.Owner, partition.State], [worker, milliseconds, terms], cancellationToken);
}

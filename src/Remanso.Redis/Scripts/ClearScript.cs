using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Drops every clean copy of a partition.</summary>
internal static class ClearScript
{
    private static readonly RedisScript _script = ScriptText.Load("clear");

    public static ValueTask<long> RunAsync(IRedisClient client, PartitionKeys partition, CancellationToken cancellationToken) =>
        client.EvalAsync(_script, Replies.Int64, [partition.State], [partition.Channel], cancellationToken);
}

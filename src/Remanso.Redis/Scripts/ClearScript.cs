using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Drops every clean copy of a partition, or ends the freshness of all.</summary>
internal static class ClearScript
{
    private static readonly RedisScript _script = ScriptText.Load("clear");
    private static readonly RedisScript _expire = ScriptText.Load("expire-all");

    public static ValueTask<long> RunAsync(IRedisClient client, PartitionKeys partition, CancellationToken cancellationToken) =>
        client.EvalAsync(_script, Replies.Int64, [partition.State], [partition.Channel], cancellationToken);

    public static ValueTask<long> ExpireAsync(IRedisClient client, PartitionKeys partition, CancellationToken cancellationToken) =>
        client.EvalAsync(_expire, Replies.Int64, [partition.State], [partition.Channel], cancellationToken);
}

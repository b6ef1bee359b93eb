using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Asks what is dirty in one partition.</summary>
internal static class DirtyScript
{
    private static readonly RedisScript _script = ScriptText.Load("dirty");

    private static readonly ReplyParser<PartitionDirty> _parser = static (ref reply) =>
    {
        reply.ReadArrayHeader();
        return new(new(reply.ReadInt64(), reply.ReadInt64()), reply.ReadInt64(), reply.ReadInt64());
    };

    public static ValueTask<PartitionDirty> RunAsync(IRedisClient client, PartitionKeys partition, CancellationToken cancellationToken) =>
        client.EvalAsync(_script, _parser, [partition.State, partition.Queue], [], cancellationToken);
}

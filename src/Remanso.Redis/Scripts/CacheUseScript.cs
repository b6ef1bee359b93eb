using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Asks who uses a cache.</summary>
internal static class CacheUseScript
{
    private static readonly RedisScript _script = ScriptText.LoadAlone("cache-use");

    private static readonly ReplyParser<(long Partitions, TimeSpan Unused, long Workers)> _parser = static (ref reply) =>
    {
        reply.ReadArrayHeader();
        return (reply.ReadInt64(), TimeSpan.FromMilliseconds(reply.ReadInt64()), reply.ReadInt64());
    };

    /// <returns>How many partitions it has, 0 where that is not known; for how long no process has used it, below zero
    /// where the clock was set back; how many workers are alive.</returns>
    public static ValueTask<(long Partitions, TimeSpan Unused, long Workers)> RunAsync(
        IRedisClient client,
        CacheKeys keys,
        CancellationToken cancellationToken
    ) => client.EvalAsync(_script, _parser, [keys.Meta, keys.Workers], [], cancellationToken);
}

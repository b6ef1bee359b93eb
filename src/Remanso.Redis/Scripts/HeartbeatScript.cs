using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Notes that a worker is alive.</summary>
internal static class HeartbeatScript
{
    private static readonly RedisScript _script = ScriptText.Load("heartbeat");

    private static readonly ReplyParser<(long Partitions, string[] Workers)> _parser = static (ref reply) =>
    {
        var workers = new string[reply.ReadArrayHeader() - 1];
        var partitions = reply.ReadInt64();
        for (var i = 0; i < workers.Length; i++) workers[i] = reply.ReadString()!;
        return (partitions, workers);
    };

    /// <returns>The number of partitions in force, and the workers alive, unsorted.</returns>
    public static ValueTask<(long Partitions, string[] Workers)> RunAsync(
        IRedisClient client, CacheKeys keys, string worker, long milliseconds, int partitions, CancellationToken cancellationToken) =>
        client.EvalAsync(_script, _parser, [keys.Workers, keys.Meta], [worker, milliseconds, partitions, EntryLayout.Version], cancellationToken);
}

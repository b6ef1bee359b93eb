using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Notes that a worker is alive.</summary>
internal static class HeartbeatScript
{
    private static readonly RedisScript _script = ScriptText.Load("heartbeat");

    private static readonly ReplyParser<string[]> _parser = static (ref reply) =>
    {
        var workers = new string[reply.ReadArrayHeader()];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = reply.ReadString()!;
        }

        return workers;
    };

    /// <returns>The workers alive, unsorted.</returns>
    public static ValueTask<string[]> RunAsync(
        IRedisClient client,
        CacheKeys keys,
        string worker,
        long milliseconds,
        CancellationToken cancellationToken
    ) => client.EvalAsync(_script, _parser, [keys.Workers], [worker, milliseconds], cancellationToken);
}

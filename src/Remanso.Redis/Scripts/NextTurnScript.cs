using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Takes a turn to restate a cache.</summary>
internal static class NextTurnScript
{
    private static readonly RedisScript _script = ScriptText.LoadAlone("next-turn");

    /// <param name="client">The client.</param>
    /// <param name="keys">The cache.</param>
    /// <param name="highest">The highest that a partition knows of.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>One that nobody has had.</returns>
    public static ValueTask<long> RunAsync(IRedisClient client, CacheKeys keys, long highest, CancellationToken cancellationToken) =>
        client.EvalAsync(_script, Replies.Int64, [keys.Meta], [highest], cancellationToken);
}

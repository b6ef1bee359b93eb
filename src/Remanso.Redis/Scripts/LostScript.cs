using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Tells what was dirty in a partition of before, which is gone.</summary>
internal static class LostScript
{
    private static readonly RedisScript _script = ScriptText.LoadAlone("lost");

    /// <param name="client">The client.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="birth">The birth of the one in its place.</param>
    /// <param name="count">How many entries were dirty.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>How many of them nobody has told of yet.</returns>
    public static ValueTask<long> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        long birth,
        long count,
        CancellationToken cancellationToken
    ) => client.EvalAsync(_script, Replies.Int64, [partition.State], [birth, count], cancellationToken);
}

using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Takes what the oldest markers of one partition stand for.</summary>
internal static class TakeScript
{
    private static readonly RedisScript _script = ScriptText.Load("holds", "take");

    /// <param name="client">The client.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="lease">Its lease.</param>
    /// <param name="newest">The newest of the markers.</param>
    /// <param name="markers">How many markers it and the older ones are.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The number of the last removal by tag or fill lease before; -1 where the lease is lost, and nothing was taken.</returns>
    public static ValueTask<long> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        string lease,
        long newest,
        int markers,
        CancellationToken cancellationToken
    ) =>
        client.EvalAsync(
            _script,
            Replies.Int64,
            [partition.Owner, partition.State, partition.Queue],
            [lease, newest, markers],
            cancellationToken
        );
}

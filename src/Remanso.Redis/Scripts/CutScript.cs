using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Removes the oldest markers of one partition.</summary>
internal static class CutScript
{
    private static readonly RedisScript _script = ScriptText.Load("holds", "reigns", "cut");

    /// <param name="client">The client.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="lease">Its lease.</param>
    /// <param name="reign">The reign under which the markers were read: nothing is removed under another.</param>
    /// <param name="newest">The newest of them.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>How many dirty entries are gone that nobody settled; -1 where the lease is lost, and nothing was removed.</returns>
    public static ValueTask<long> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        string lease,
        byte[] reign,
        long newest,
        CancellationToken cancellationToken
    ) =>
        client.EvalAsync(
            _script,
            Replies.Int64,
            [partition.Owner, partition.State, partition.Queue],
            [lease, reign, newest],
            cancellationToken
        );
}

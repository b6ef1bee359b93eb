using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Removes markers that stand for nothing, and finds dirty entries that are gone.</summary>
internal static class SweepScript
{
    private static readonly RedisScript _script = ScriptText.Load("holds", "reigns", "sweep");
    private static readonly RedisScript _every = ScriptText.LoadEvery("holds", "reigns", "sweep");

    /// <param name="client">The client.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="lease">Its lease.</param>
    /// <param name="reign">The reign under which the markers were read: none is removed under another.</param>
    /// <param name="markers">The markers; none to look only.</param>
    /// <param name="keepsVersions">Whether every version is kept.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>How many dirty entries are gone; -1 where the lease is lost.</returns>
    public static ValueTask<long> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        string lease,
        byte[] reign,
        IReadOnlyList<long> markers,
        bool keepsVersions,
        CancellationToken cancellationToken
    )
    {
        var arguments = new RespArg[markers.Count + 2];
        arguments[0] = lease;
        arguments[1] = reign;
        for (var i = 0; i < markers.Count; i++)
        {
            arguments[i + 2] = markers[i];
        }

        return client.EvalAsync(
            keepsVersions ? _every : _script,
            Replies.Int64,
            [partition.Owner, partition.State, partition.Queue],
            arguments,
            cancellationToken
        );
    }
}

using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Takes the fill lease of a key that need not have been missed.</summary>
internal static class LeaseScript
{
    private static readonly RedisScript _script = ScriptText.Load("note-lease", "lease", "take-lease");

    /// <returns>The token, or 0.</returns>
    public static ValueTask<long> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        string key,
        long holder,
        long leaseMilliseconds,
        CancellationToken cancellationToken
    ) =>
        client.EvalAsync(
            _script,
            Replies.Int64,
            [partition.EntryOf(key), partition.LeaseOf(key), partition.State],
            [holder, leaseMilliseconds],
            cancellationToken
        );
}

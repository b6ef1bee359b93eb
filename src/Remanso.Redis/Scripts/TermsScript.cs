using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>States the terms of one partition.</summary>
internal static class TermsScript
{
    private static readonly RedisScript _script = ScriptText.Load("terms");

    /// <param name="client">The client.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="terms">The terms.</param>
    /// <param name="otherMode">Those of the same store in the other mode: copies that were made under any others go.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The terms in force.</returns>
    public static ValueTask<long> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        long terms,
        long otherMode,
        CancellationToken cancellationToken
    ) => client.EvalAsync(_script, Replies.Int64, [partition.State], [terms, otherMode, partition.Channel], cancellationToken);
}

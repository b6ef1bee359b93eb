using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>States the terms of one partition.</summary>
internal static class TermsScript
{
    private static readonly RedisScript _script = ScriptText.Load("terms");

    private static readonly ReplyParser<StatedTerms> _parser = static (ref reply) =>
    {
        reply.ReadArrayHeader();
        return new(reply.ReadInt64(), reply.ReadInt64());
    };

    /// <param name="client">The client.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="terms">The terms.</param>
    /// <param name="otherMode">Those of the same store in the other mode: copies that were made under any others go.</param>
    /// <param name="turn">The turn.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What is in force.</returns>
    public static ValueTask<StatedTerms> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        long terms,
        long otherMode,
        long turn,
        CancellationToken cancellationToken
    ) =>
        client.EvalAsync(
            _script,
            _parser,
            [partition.State, partition.Owner],
            [terms, otherMode, partition.Channel, turn],
            cancellationToken
        );
}

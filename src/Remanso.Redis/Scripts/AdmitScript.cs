using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>States under which server a partition is served, and voids its clean copies where that is another than before.</summary>
internal static class AdmitScript
{
    private static readonly RedisScript _script = ScriptText.LoadAlone("admit");

    /// <summary>As a command of its own, for connections that nobody else uses yet.</summary>
    public static RespArg[] Command(PartitionKeys partition, long reign, bool force) =>
        ["EVAL", _script.Body, 1, partition.State, partition.Channel, reign, force ? 1 : 0];

    /// <returns>Whether anything was voided.</returns>
    public static ValueTask<bool> RunAsync(
        IRedisClient client,
        RedisNode node,
        PartitionKeys partition,
        long reign,
        bool force,
        CancellationToken cancellationToken
    ) => client.EvalAsync(_script, Replies.Boolean, [partition.State], [partition.Channel, reign, force ? 1 : 0], cancellationToken, node);
}

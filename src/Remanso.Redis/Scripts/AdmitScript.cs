using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>States under which server a partition is served, and voids its clean copies where that is another than before.</summary>
internal static class AdmitScript
{
    private static readonly RedisScript _script = ScriptText.LoadAlone("admit");

    /// <summary>Reads what <see cref="StatedCommand"/> is answered: the reign, 0 where none is stated; null where nothing
    /// is stated of the partition at all, which has nothing then.</summary>
    public static readonly ReplyParser<long?> Stated = static (ref reply) =>
        reply.ReadBytes() switch
        {
            { IsEmpty: true } => null,
            { Length: 2 * sizeof(double) } bytes => (long)BitConverter.ToDouble(bytes[sizeof(double)..]),
            _ => 0,
        };

    /// <summary>Asks under which reign a partition is stated, where the script itself is refused; with the terms before it,
    /// which who uses a partition states first.</summary>
    public static RespArg[] StatedCommand(PartitionKeys partition) =>
        ["GETRANGE", partition.State, PartitionState.ReignAt - sizeof(double), PartitionState.ReignLast];

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

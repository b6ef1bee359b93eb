using Remanso.Entries;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Redis.Scripts;

/// <summary>Writes or deletes one key.</summary>
internal static class WriteScript
{
    private static readonly RedisScript _script = ScriptText.Load("write");

    private static readonly ReplyParser<WriteReply> _parser = static (ref reply) =>
    {
        reply.ReadArrayHeader();
        return new((TierWriteOutcome)reply.ReadInt64(), reply.ReadInt64(), new(reply.ReadInt64(), reply.ReadInt64()));
    };

    /// <param name="client">The client.</param>
    /// <param name="partition">The key's partition.</param>
    /// <param name="write">The write.</param>
    /// <param name="room">What the other partitions leave of the limits.</param>
    /// <param name="batch">How many markers make a flush of the partition worthwhile.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static ValueTask<WriteReply> RunAsync(
        IRedisClient client, PartitionKeys partition, in TierWrite write, DirtyAmount room, int batch, CancellationToken cancellationToken) =>
        client.EvalAsync(
            _script,
            _parser,
            [partition.EntryOf(write.Key), partition.LeaseOf(write.Key), partition.State, partition.Queue, partition.DeadLetters],
            [
                write.Key,
                write.Tombstone ? default(ReadOnlyMemory<byte>) : write.Value,
                write.ContentType ?? string.Empty,
                write.Tombstone ? 1 : 0,
                (int)write.Condition.Kind,
                write.Condition.Version,
                Micros.ToField(write.ExpiresAt),
                write.CleanTtl is { } ttl ? Micros.Of(ttl) : -1,
                write.Urgent ? 1 : 0,
                room.Entries,
                room.Bytes,
                batch,
                partition.Channel,
            ],
            cancellationToken);
}

using Remanso.Entries;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Redis.Scripts;

/// <summary>Fills one key under its lease.</summary>
internal static class FillScript
{
    private static readonly RedisScript _script = ScriptText.Load("fate", "fill");

    private static readonly ReplyParser<FillReply> _parser = static (ref reply) =>
    {
        var count = reply.ReadArrayHeader();
        var kind = (FillReplyKind)reply.ReadInt64();
        if (kind != FillReplyKind.Refused)
        {
            return new(kind, reply.ReadInt64(), reply.ReadInt64(), null);
        }

        if (count < 2)
        {
            return default;
        }

        var entry = EntryLayout.Read(reply.ReadBytes());
        return new(kind, 0, 0, reply.ReadBoolean() ? EntryLayout.AsTombstone(entry) : entry);
    };

    public static ValueTask<FillReply> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        FillRequest fill,
        bool isKept,
        bool keepsVersions,
        CancellationToken cancellationToken
    ) =>
        client.EvalAsync(
            _script,
            _parser,
            [partition.EntryOf(fill.Key), partition.LeaseOf(fill.Key), partition.State, partition.Removals, partition.DeadLetters],
            [
                fill.Key,
                partition.Channel,
                fill.Lease,
                fill.Tombstone ? default(ReadOnlyMemory<byte>) : fill.Value,
                fill.ContentType ?? string.Empty,
                fill.Version,
                fill.Tombstone ? 1 : 0,
                Micros.ToField(fill.ExpiresAt),
                isKept ? Micros.Of(fill.Ttl) : 0,
                Micros.Of(fill.Grace),
                fill.LoadMicros,
                TagBytes.Pack(fill.Tags),
                keepsVersions ? 1 : 0,
            ],
            cancellationToken
        );
}

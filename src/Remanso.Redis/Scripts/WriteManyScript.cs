using System.Runtime.InteropServices;
using System.Text;
using Remanso.Entries;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Redis.Scripts;

/// <summary>Writes or deletes different keys of one partition, whatever they hold.</summary>
internal static class WriteManyScript
{
    // Four doubles and two bytes.
    private const int PackedLength = 34;

    // How many writes, when it expires, the front of the header and the spans; type, tags and trace come behind.
    private const int HeadLength = sizeof(uint) + sizeof(double) + EntryLayout.FrontLength + sizeof(uint);

    private static readonly RedisScript _script = ScriptText.Load("write-many");

    private static readonly ReplyParser<ManyWritten> _parser = static (ref reply) =>
    {
        var count = reply.ReadArrayHeader();
        var kind = (ManyWrittenKind)reply.ReadInt64();
        var dirty = new DirtyAmount(reply.ReadInt64(), reply.ReadInt64());
        if (kind != ManyWrittenKind.Made)
        {
            return new ManyWritten(kind, dirty, MayBeLeased: kind == ManyWrittenKind.LeasesNotNamed, []);
        }

        var mayBeLeased = reply.ReadInt64() == 1;
        var writes = new ManyWritten.Write[count - 4];
        for (var i = 0; i < writes.Length; i++)
        {
            writes[i] = reply.Type == RespType.Integer ? new(reply.ReadInt64(), null) : new(0, reply.ReadString());
        }

        return new ManyWritten(kind, dirty, mayBeLeased, writes);
    };

    /// <param name="client">The client.</param>
    /// <param name="partition">The partition of all keys.</param>
    /// <param name="writes">The writes, each of another key, without conditions, merges and identities.</param>
    /// <param name="room">What the other partitions leave of the limits.</param>
    /// <param name="batch">How many markers make a flush of the partition worthwhile.</param>
    /// <param name="namesLeases">Whether the fill leases of the keys are named: only then can they be voided.</param>
    /// <param name="terms">What this process believes that all agree on.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static ValueTask<ManyWritten> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        IReadOnlyList<PartitionWrite> writes,
        DirtyAmount room,
        int batch,
        bool namesLeases,
        long terms,
        CancellationToken cancellationToken
    )
    {
        var keys = new List<RespArg>(3 + (writes.Count * 2)) { partition.State, partition.Queue, partition.DeadLetters };
        var packed = new byte[PackedLength];
        var arguments = new List<RespArg>(1 + (writes.Count * 2)) { packed };
        var isUrgent = false;
        foreach (var write in writes)
        {
            keys.Add(partition.EntryOf(write.Write.Key));
            arguments.Add(Head(write));
            arguments.Add(Value(write.Write));
            isUrgent |= write.Write.Urgent;
        }

        foreach (var write in namesLeases ? writes : [])
        {
            keys.Add(partition.LeaseOf(write.Write.Key));
        }

        Pack(packed, room, batch, isUrgent, namesLeases, terms);
        return client.EvalAsync(_script, _parser, CollectionsMarshal.AsSpan(keys), CollectionsMarshal.AsSpan(arguments), cancellationToken);
    }

    private static ReadOnlyMemory<byte> Value(in TierWrite write) => write.Tombstone ? default : write.Value;

    private static byte[] Head(in PartitionWrite item)
    {
        var write = item.Write;
        var type = write.ContentType ?? string.Empty;
        var typeLength = Encoding.UTF8.GetByteCount(type);
        var tags = TagBytes.Pack(write.Tags, number: 0);
        var trace = write.TraceParent ?? string.Empty;
        var bytes = new byte[HeadLength + typeLength + tags.Length + Encoding.UTF8.GetByteCount(trace)];
        var packed = new Packed(bytes);
        packed.Add((uint)item.Count);
        packed.Add(Micros.ToField(write.ExpiresAt));
        EntryLayout.WriteFront(
            packed.Skip(EntryLayout.FrontLength),
            EntryState.Dirty | (write.Tombstone ? EntryState.Tombstone : EntryState.None),
            typeLength,
            tags.Length,
            Value(write).Length
        );
        packed.Add(EntryLayout.SpansCode(write.OwnTtl, write.OwnGrace));
        Encoding.UTF8.GetBytes(type, packed.Skip(typeLength));
        packed.Add(tags);
        Encoding.UTF8.GetBytes(trace, packed.Rest);
        return bytes;
    }

    private static void Pack(Span<byte> bytes, DirtyAmount room, int batch, bool isUrgent, bool namesLeases, long terms)
    {
        var packed = new Packed(bytes);
        packed.Add(terms);
        packed.Add(room.Entries);
        packed.Add(room.Bytes);
        packed.Add((long)batch);
        packed.Add((byte)(isUrgent ? 1 : 0));
        packed.Add((byte)(namesLeases ? 1 : 0));
    }
}

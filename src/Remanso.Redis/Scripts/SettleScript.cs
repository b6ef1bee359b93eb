using System.Runtime.InteropServices;
using System.Text;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Redis.Scripts;

/// <summary>Records what the store said of entries of one partition.</summary>
internal static class SettleScript
{
    // One byte and four doubles; two doubles and one byte.
    private const int PackedLength = 33;
    private const int PackedRowLength = 17;

    private static readonly RedisScript _script = ScriptText.Load("holds", "fate", "settle");
    private static readonly RedisScript _every = ScriptText.LoadEvery("holds", "fate", "settle");

    private static readonly ReplyParser<Settled[]> _parser = static (ref reply) =>
    {
        if (reply.Type == RespType.Integer)
        {
            reply.Skip();
            return [];
        }

        var results = new Settled[reply.ReadArrayHeader()];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = (Settled)reply.ReadInt64();
        }

        return results;
    };

    /// <param name="client">The client.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="lease">Its lease.</param>
    /// <param name="settlements">What the store said.</param>
    /// <param name="keepsVersions">Whether every version is kept.</param>
    /// <param name="frees">Whether what is stored goes at once: the server has no memory left for copies.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The results; empty where the lease is lost.</returns>
    public static ValueTask<Settled[]> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        string lease,
        IReadOnlyList<Settlement> settlements,
        bool keepsVersions,
        bool frees,
        CancellationToken cancellationToken
    )
    {
        var keys = new List<RespArg>(settlements.Count + 4) { partition.Owner, partition.State, partition.DeadLetters, partition.Removals };
        var stored = new SignalWriter();
        var arguments = new List<RespArg>((settlements.Count * 2) + 4)
        {
            lease,
            partition.Channel,
            string.Empty,
            partition.EntryPrefixLength,
        };
        var numbers = new byte[PackedLength * settlements.Count].AsMemory();
        for (var i = 0; i < settlements.Count; i++)
        {
            keys.Add(partition.EntryOf(settlements[i].Taken.Key));
            if (keepsVersions)
            {
                keys.Add(partition.KeptOf(settlements[i].Taken.Key));
            }

            Add(arguments, settlements[i], numbers.Slice(i * PackedLength, PackedLength), keepsVersions, frees, stored);
        }

        if (!stored.IsEmpty)
        {
            arguments[2] = stored.Message;
        }

        return client.EvalAsync(
            keepsVersions ? _every : _script,
            _parser,
            CollectionsMarshal.AsSpan(keys),
            CollectionsMarshal.AsSpan(arguments),
            cancellationToken
        );
    }

    private static void Add(
        List<RespArg> arguments,
        Settlement settlement,
        Memory<byte> numbers,
        bool keepsVersions,
        bool frees,
        SignalWriter stored
    )
    {
        var (_, key, entry, reference) = settlement.Taken;
        var marker = (TakenMarker)reference!;

        // Without the row there is nothing to adopt: what the tier has is kept until its TTL is over.
        var row = settlement.Kind == SettlementKind.Superseded ? settlement.StoreRow : null;
        var kind = settlement.Kind == SettlementKind.Superseded && row is null ? SettlementKind.Stored : settlement.Kind;
        var ttl = frees ? 0 : Micros.Of(settlement.Ttl);
        var grace = frees ? 0 : Micros.Of(settlement.Grace);

        var packed = new Packed(numbers.Span);
        packed.Add((byte)kind);
        packed.Add(entry.Version);
        packed.Add(marker.Mark);
        packed.Add(ttl);
        packed.Add(grace);
        arguments.Add(numbers);
        arguments.Add((ttl + grace + 999) / 1000);
        if (keepsVersions)
        {
            arguments.Add(Sizes(settlement.Taken));
        }

        if (row is not null)
        {
            var rowBytes = new byte[PackedRowLength];
            var packedRow = new Packed(rowBytes);
            packedRow.Add(row.Version);
            packedRow.Add(Micros.ToField(row.ExpiresAt));
            packedRow.Add((byte)(row.IsTombstone ? 1 : 0));
            arguments.Add(rowBytes);
            arguments.Add(row.ContentType ?? string.Empty);
            arguments.Add(row.IsTombstone ? default(ReadOnlyMemory<byte>) : row.Value);
            arguments.Add(SignalWriter.Changed(row.Version, key, row.IsTombstone));
            arguments.Add(TagBytes.Pack(row.Tags, marker.Number));
        }
        else if (kind == SettlementKind.DeadLettered)
        {
            var error = settlement.Error ?? string.Empty;
            arguments.Add(key);
            arguments.Add(error);
            arguments.Add(SignalWriter.DeadLettered(entry.Version, key, error));
        }

        if (row is not null)
        {
            stored.Superseded(entry.Version, row.Version, key);
        }
        else if (kind != SettlementKind.DeadLettered)
        {
            stored.Stored(entry.Version, key);
        }
    }

    /// <summary>Whether later versions wait, and the bytes of the taken ones: each number is the sum up to its version.</summary>
    private static byte[] Sizes(TakenEntry taken)
    {
        var bytes = new byte[1 + (taken.Versions * sizeof(double))];
        var packed = new Packed(bytes);
        packed.Add((byte)(taken.HasLater ? 1 : 0));
        var keyLength = Encoding.UTF8.GetByteCount(taken.Key);
        var sum = 0L;
        foreach (var version in taken.Earlier)
        {
            packed.Add(sum += keyLength + version.Value.Length);
        }

        packed.Add(sum + keyLength + taken.Entry.Value.Length);
        return bytes;
    }
}

using System.Runtime.InteropServices;
using System.Text;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Redis.Scripts;

/// <summary>Records what the store said of entries of one partition.</summary>
internal static class SettleScript
{
    // Six doubles; one byte and four doubles; two doubles and one byte.
    private const int PackedSumsLength = 48;
    private const int PackedLength = 33;
    private const int PackedRowLength = 17;

    // The header, what it is to begin with, and digits behind their number.
    private const int MostDigits = 20;
    private const int SimpleLength = EntryLayout.HeaderLength + EntryLayout.SettledLength + 1 + MostDigits;

    private static readonly string[] _files = ["holds", "fate", "settle", "settle-entry", "settle-simple", "settle-all"];
    private static readonly RedisScript _script = ScriptText.Load(_files);
    private static readonly RedisScript _every = ScriptText.LoadEvery(_files);

    private static readonly ReplyParser<SettleReply> _parser = static (ref reply) =>
    {
        if (reply.Type == RespType.Integer)
        {
            reply.Skip();
            return new SettleReply(lost: true, new Dictionary<int, int>());
        }

        var count = reply.ReadArrayHeader() / 2;
        var left = new Dictionary<int, int>(count);
        for (; count > 0; count--)
        {
            var place = (int)reply.ReadInt64();
            left[place] = (int)reply.ReadInt64();
        }

        return new SettleReply(lost: false, left);
    };

    /// <param name="client">The client.</param>
    /// <param name="call">What the store said of which entries.</param>
    /// <param name="now">The tier's clock, as this process knows it.</param>
    /// <param name="keepsVersions">Whether every version is kept.</param>
    /// <param name="frees">Whether what is stored goes at once: the server has no memory left for copies.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static ValueTask<SettleReply> RunAsync(
        IRedisClient client,
        SettleCall call,
        long now,
        bool keepsVersions,
        bool frees,
        CancellationToken cancellationToken
    )
    {
        var partition = call.Keys;
        var keys = new List<RespArg>(call.Count + 4) { partition.Owner, partition.State, partition.DeadLetters, partition.Removals };
        var stored = new SignalWriter(call.Count);
        var sums = new byte[PackedSumsLength];
        var simple = AddSimple(keys, call, now, sums, stored);
        var arguments = new List<RespArg>((call.Others.Count * 2) + 5) { call.Lease, partition.Channel, string.Empty, sums, simple };
        var numbers = new byte[PackedLength * call.Others.Count].AsMemory();
        for (var i = 0; i < call.Others.Count; i++)
        {
            var settlement = call.Others[i].Settlement;
            keys.Add(partition.EntryOf(settlement.Taken.Key));
            if (keepsVersions)
            {
                keys.Add(partition.KeptOf(settlement.Taken.Key));
            }

            Add(arguments, settlement, numbers.Slice(i * PackedLength, PackedLength), keepsVersions, frees, stored);
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

    private static Memory<byte> AddSimple(List<RespArg> keys, SettleCall call, long now, Span<byte> sums, SignalWriter stored)
    {
        var bytes = new byte[SimpleLength * call.Simple.Count];
        var packed = new Packed(bytes);
        var sum = 0L;
        var highest = 0L;
        foreach (var (_, settlement) in call.Simple)
        {
            var (_, key, entry, marker) = settlement.Taken;
            var header = ((TakenMarker)marker!).Header.Span;
            var freshUntil = now + Micros.Of(settlement.Ttl);
            var staleUntil = freshUntil + Micros.Of(settlement.Grace);
            if (entry.ExpiresAt < staleUntil)
            {
                (freshUntil, staleUntil) = (Math.Min(freshUntil, entry.ExpiresAt), entry.ExpiresAt);
            }

            packed.Add(header);
            EntryLayout.WriteSettled(packed.Skip(EntryLayout.SettledLength), header, freshUntil, staleUntil);
            packed.AddDigits((staleUntil - now + 999) / 1000);
            keys.Add(call.Keys.EntryOf(key));
            stored.Stored(entry.Version, key);
            sum += Encoding.UTF8.GetByteCount(key) + entry.Value.Length;
            highest = Math.Max(highest, entry.Version);
        }

        var packedSums = new Packed(sums);
        packedSums.Add((long)call.Keys.EntryPrefixLength);
        packedSums.Add(now);
        packedSums.Add(call.Epoch);
        packedSums.Add((long)call.Simple.Count);
        packedSums.Add(sum);
        packedSums.Add(highest);
        return bytes.AsMemory(0, packed.Length);
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
            arguments.Add(TagBytes.Pack(row.Tags, marker.Batch.Number));
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

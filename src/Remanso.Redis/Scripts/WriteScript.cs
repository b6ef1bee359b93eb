using System.Globalization;
using Remanso.Entries;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Redis.Scripts;

/// <summary>Writes or deletes one key.</summary>
internal static class WriteScript
{
    // Four bytes, nine doubles and a number of four bytes.
    private const int PackedLength = 80;

    // A byte and two doubles.
    private const int PackedMergeLength = 17;

    // A script's functions are made anew with each call, so a plain write does without those of merges.
    private static readonly RedisScript _script = ScriptText.Load("fate", "write");
    private static readonly RedisScript _numberScript = ScriptText.Load("fate", "number", "write");
    private static readonly RedisScript _jsonScript = ScriptText.Load("fate", "json", "write");
    private static readonly RedisScript _every = ScriptText.LoadEvery("fate", "write");
    private static readonly RedisScript _everyNumber = ScriptText.LoadEvery("fate", "number", "write");
    private static readonly RedisScript _everyJson = ScriptText.LoadEvery("fate", "json", "write");

    private static readonly ReplyParser<WriteReply> _parser = static (ref reply) =>
    {
        var count = reply.ReadArrayHeader();
        var written = new WriteReply((TierWriteOutcome)reply.ReadInt64(), reply.ReadInt64(), new(reply.ReadInt64(), reply.ReadInt64()));
        if (count > 4 && CounterText.TryParse(reply.ReadBytes(), out var number))
        {
            written = written with { Number = number };
        }

        return count <= 5 ? written
            : reply.ReadInt64() == 1 ? written with { Kept = true }
            : written with { IsKnown = true };
    };

    /// <param name="client">The client.</param>
    /// <param name="partition">The key's partition.</param>
    /// <param name="write">The write.</param>
    /// <param name="room">What the other partitions leave of the limits.</param>
    /// <param name="most">The most bytes that the value of a merge may have.</param>
    /// <param name="batch">How many markers make a flush of the partition worthwhile.</param>
    /// <param name="writes">How many writes it stands for, each with a version of its own; the reply has the last.</param>
    /// <param name="noteMilliseconds">For how long it is noted, where it has an identity.</param>
    /// <param name="keepsVersions">Whether what it overwrites is kept.</param>
    /// <param name="terms">What this process believes that all agree on.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static ValueTask<WriteReply> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        in TierWrite write,
        DirtyAmount room,
        long most,
        int batch,
        int writes,
        long noteMilliseconds,
        bool keepsVersions,
        long terms,
        CancellationToken cancellationToken
    )
    {
        ReadOnlySpan<RespArg> keys =
        [
            partition.EntryOf(write.Key),
            partition.LeaseOf(write.Key),
            partition.State,
            partition.Queue,
            partition.DeadLetters,
            partition.Removals,
            write.Identity is null ? string.Empty : partition.NoteOf(write.Key, write.Identity.Id),
        ];
        ReadOnlySpan<RespArg> arguments =
        [
            write.Key,
            write.Merge is null
                ? write.Tombstone
                    ? default(ReadOnlyMemory<byte>)
                    : write.Value
                : Operand(write.Merge),
            write.ContentType ?? string.Empty,
            Pack(write, room, batch, writes, terms),
            TagBytes.Pack(write.Tags),
            write.Merge is { } merge ? Pack(merge, most) : string.Empty,
            write.Identity?.Fingerprint ?? string.Empty,
            noteMilliseconds,
            write.TraceParent ?? string.Empty,
        ];

        // What most writes don't need is not sent: each name and argument costs the server.
        var needed =
            write.Identity is not null ? keys
            : write.Condition.Kind == WriteConditionKind.None && write.Merge is null ? keys[..^2]
            : keys[..^1];
        return client.EvalAsync(
            ScriptOf(write.Merge, keepsVersions),
            _parser,
            keepsVersions ? (RespArg[])[.. needed, partition.KeptOf(write.Key)] : needed,
            write.TraceParent is not null ? arguments
                : write.Identity is not null ? arguments[..^1]
                : write.Merge is not null ? arguments[..^3]
                : write.Tags is { Count: > 0 } ? arguments[..^4]
                : arguments[..^5],
            cancellationToken
        );
    }

    private static RedisScript ScriptOf(Merge? merge, bool keepsVersions) =>
        (merge, keepsVersions) switch
        {
            (null, false) => _script,
            (null, true) => _every,
            ({ IsJson: true }, false) => _jsonScript,
            ({ IsJson: true }, true) => _everyJson,
            (_, false) => _numberScript,
            (_, true) => _everyNumber,
        };

    private static RespArg Operand(Merge merge) =>
        merge.IsJson ? merge.Json
        : merge.Range is { } range ? string.Create(CultureInfo.InvariantCulture, $"{merge.Number} {range.Least} {range.Most}")
        : merge.Number;

    private static byte[] Pack(Merge merge, long most)
    {
        var bytes = new byte[PackedMergeLength];
        var packed = new Packed(bytes);
        packed.Add((byte)merge.Kind);
        packed.Add(merge.Cap);
        packed.Add(most);
        return bytes;
    }

    private static byte[] Pack(in TierWrite write, DirtyAmount room, int batch, int writes, long terms)
    {
        var bytes = new byte[PackedLength];
        var packed = new Packed(bytes);
        packed.Add((byte)write.Condition.Kind);
        packed.Add((byte)(write.Tombstone ? EntryState.Tombstone : EntryState.None));
        packed.Add((byte)(write.Urgent ? 1 : 0));
        packed.Add((byte)(write.HasLoader ? 1 : 0));
        packed.Add(write.Condition.Version);
        packed.Add(Micros.ToField(write.ExpiresAt));
        packed.Add(write.CleanTtl is { } ttl ? Micros.Of(ttl) : -1);
        packed.Add(Micros.Of(write.CleanGrace));
        packed.Add(EntryLayout.SpansCode(write.OwnTtl, write.OwnGrace));
        packed.Add(room.Entries);
        packed.Add(room.Bytes);
        packed.Add(batch);
        packed.Add(writes);
        packed.Add(terms);
        return bytes;
    }
}

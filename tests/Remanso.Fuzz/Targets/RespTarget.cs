using Remanso.Fuzz.Engine;
using Remanso.Redis.Resp;
using Remanso.Redis.Resp.Protocol;
using Remanso.Redis.Resp.Topology;
using Remanso.Redis.Tier;

namespace Remanso.Fuzz.Targets;

/// <summary>What a Redis sends, cut into slices anywhere: scanned in pieces and as a whole it ends at the same place, and
/// whatever the scanner lets through every reader gets along with. The first byte says how it is cut.</summary>
internal static class RespTarget
{
    private static readonly RespLimits _limits = new() { MaxReplyBytes = 4000, MaxElements = 1000 };
    private static readonly RedisEndPoint _asked = new("127.0.0.1", 6379);

    public static FuzzTarget Target { get; } =
        new("resp", Run)
        {
            Words =
            [
                "\r\n",
                "$-1\r\n",
                "*-1\r\n",
                "_\r\n",
                "#t\r\n",
                ":1\r\n",
                "+OK\r\n",
                "-ERR no\r\n",
                "$3\r\nabc\r\n",
                "*2\r\n",
                "%1\r\n",
                "~1\r\n",
                ">2\r\n",
                "|1\r\n",
                "|0\r\n",
                ",1.5\r\n",
                ",inf\r\n",
                "(123\r\n",
                "=7\r\ntxt:abc\r\n",
                "!5\r\nERR x\r\n",
                "$?\r\n",
                "master",
                "slave",
            ],
        };

    private static void Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        var data = input.AsSpan(1);
        var whole = Scan(data, data.Length);
        WrongAnswerException.Unless(whole == Scan(data, 1 + (input[0] % 16)), "scanned in pieces it ends elsewhere");
        if (whole <= 0)
        {
            return;
        }

        var frame = data[..whole].ToArray();
        Skip(frame);
        Read(frame, static (ref reply) => reply.ReadInt64());
        Read(frame, static (ref reply) => reply.ReadBoolean());
        Read(frame, static (ref reply) => reply.ReadDouble());
        Read(frame, static (ref reply) => reply.ReadString());
        Read(frame, static (ref reply) => reply.ReadMapHeader());
        Read(frame, static (ref reply) => reply.IsError ? reply.ReadError() : null);
        Read(frame, Replies.Done);
        Read(frame, Replies.Texts);
        Read(frame, EntryLayout.VersionReply);
        Read(frame, ServerRole.Parse);
        Read(frame, static (ref reply) => TopologySnapshot.ReadSlots(ref reply, _asked, static at => at));
        Read(frame, static (ref reply) => Walk(ref reply));
    }

    // The length of the reply; 0 where it is not all there, -1 where it is none.
    private static int Scan(ReadOnlySpan<byte> data, int step)
    {
        var scanner = new RespScanner(_limits);
        try
        {
            for (var length = Math.Min(step, data.Length); ; length = Math.Min(length + step, data.Length))
            {
                var end = scanner.Scan(data[..length]);
                if (end > 0 || length == data.Length)
                {
                    return end;
                }
            }
        }
        catch (RespProtocolException)
        {
            return -1;
        }
    }

    private static void Skip(byte[] frame)
    {
        var reader = new RespReader(frame);
        reader.Skip();
        WrongAnswerException.Unless(reader.Type == RespType.None, "a reply is longer than what it holds");
    }

    private static long Walk(ref RespReader reply)
    {
        var values = 0L;
        for (; reply.Type != RespType.None; values++)
        {
            switch (reply.Type)
            {
                case RespType.Array or RespType.Set or RespType.Map or RespType.Push:
                    reply.ReadArrayHeader();
                    break;
                case RespType.Error or RespType.BulkError:
                    reply.ReadError();
                    break;
                case RespType.Boolean:
                    reply.ReadBoolean();
                    break;
                default:
                    reply.ReadByteArray();
                    break;
            }
        }

        return values;
    }

    private static void Read<T>(byte[] frame, ReplyParser<T> parser)
    {
        try
        {
            var reply = new RespReader(frame);
            parser(ref reply);
        }
        catch (Exception error) when (error is InvalidDataException or RedisServerException)
        {
            // A reply of another shape, or an error in it: what the reader is said to throw.
        }
    }
}

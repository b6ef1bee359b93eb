using System.Globalization;

namespace Remanso.Redis.Resp.Sentinels;

/// <summary>What sentinels answer.</summary>
internal static class SentinelReplies
{
    /// <summary>To GET-MASTER-ADDR-BY-NAME: null where the name is unknown.</summary>
    public static readonly ReplyParser<RedisEndPoint?> Address = static (ref reply) =>
        reply.ReadArrayHeader() < 2 ? null : new RedisEndPoint(reply.ReadString() ?? "", reply.ReadPort());

    /// <summary>To MASTER: the epoch of what it knows, of which each fail-over has a higher one, and how many sentinels it
    /// counts.</summary>
    public static readonly ReplyParser<(long Epoch, int Sentinels)> About = static (ref reply) =>
    {
        var fields = ReadFields(ref reply);
        long Number(string name) =>
            long.TryParse(fields.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var number) ? number : 0;
        return (Number("config-epoch"), (int)Math.Clamp(Number("num-other-sentinels"), 0, short.MaxValue) + 1);
    };

    /// <summary>To SENTINELS: where the others are that it does not take for dead.</summary>
    public static readonly ReplyParser<List<RedisEndPoint>> Others = static (ref reply) =>
    {
        var others = new List<RedisEndPoint>();
        for (var left = reply.ReadArrayHeader(); left > 0; left--)
        {
            var fields = ReadFields(ref reply);
            if (
                fields.GetValueOrDefault("ip") is { Length: > 0 } host
                && int.TryParse(fields.GetValueOrDefault("port"), CultureInfo.InvariantCulture, out var port)
                && port is > 0 and <= 65535
                && fields.GetValueOrDefault("flags")?.Contains("s_down", StringComparison.Ordinal) != true
            )
            {
                others.Add(new(host, port));
            }
        }
        return others;
    };

    private static Dictionary<string, string?> ReadFields(ref RespReader reply)
    {
        var fields = new Dictionary<string, string?>(StringComparer.Ordinal);
        for (var left = reply.ReadMapHeader(); left > 0; left--)
        {
            var name = reply.ReadString() ?? "";
            if (name is "ip" or "port" or "flags" or "config-epoch" or "num-other-sentinels")
            {
                fields[name] = reply.ReadString();
            }
            else
            {
                reply.Skip();
            }
        }
        return fields;
    }
}

using System.Globalization;

namespace Remanso.Redis.Resp.Sentinels;

/// <summary>What sentinels answer.</summary>
internal static class SentinelReplies
{
    /// <summary>To GET-MASTER-ADDR-BY-NAME: null where the name is unknown.</summary>
    public static readonly ReplyParser<RedisEndPoint?> Address = static (ref reply) =>
        reply.ReadArrayHeader() < 2 ? null : new RedisEndPoint(reply.ReadString() ?? "", reply.ReadPort());

    /// <summary>To MASTER: the epoch of what it knows. Each fail-over has a higher one.</summary>
    public static readonly ReplyParser<long> Epoch = static (ref reply) =>
    {
        var fields = ReadFields(ref reply);
        return long.TryParse(fields.GetValueOrDefault("config-epoch"), CultureInfo.InvariantCulture, out var epoch) ? epoch : 0;
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
            if (name is "ip" or "port" or "flags" or "config-epoch")
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

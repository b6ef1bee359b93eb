using System.Globalization;

namespace Remanso.Redis.Resp.Topology;

/// <summary>What a server answers to the question what it is.</summary>
/// <param name="IsMaster">Whether it takes writes.</param>
/// <param name="Peers">A master's replicas; a replica's master. Null where it does not tell.</param>
internal sealed record ServerRole(bool IsMaster, IReadOnlyList<RedisEndPoint>? Peers)
{
    /// <summary>Reads the answer to ROLE; null for one that says nothing.</summary>
    public static readonly ReplyParser<ServerRole?> Parse = static (ref reply) =>
    {
        if (reply.TryReadNull() || reply.ReadArrayHeader() is not (> 0 and var fields))
        {
            return null;
        }
        var role = reply.ReadString();
        var peers = new List<RedisEndPoint>();
        if (role == "master" && fields >= 3)
        {
            reply.Skip(); // The replication offset.
            for (var replicas = reply.ReadArrayHeader(); replicas > 0; replicas--)
            {
                var parts = reply.ReadArrayHeader();
                peers.Add(new(reply.ReadString() ?? "", reply.ReadPort()));
                for (; parts > 2; parts--)
                {
                    reply.Skip();
                }
            }
        }
        else if (IsReplica(role) && fields >= 3)
        {
            peers.Add(new(reply.ReadString() ?? "", reply.ReadPort()));
        }
        else
        {
            return role == "sentinel"
                ? throw new RedisUnfitException("A sentinel was named as a Redis server to use: its address begins with redis+sentinel://.")
                : null;
        }
        return new(role == "master", peers);
    };

    public static bool IsReplica(string? role) => role is "slave" or "replica";

    /// <summary>Reads the section replication of INFO; null where it says nothing.</summary>
    public static ServerRole? From(Dictionary<string, string> info)
    {
        switch (info.GetValueOrDefault("role"))
        {
            case "master":
                var replicas = info.Where(static pair => pair.Key.StartsWith("slave", StringComparison.Ordinal))
                    .Select(static pair => ReplicaOf(pair.Value))
                    .OfType<RedisEndPoint>();
                return new(true, [.. replicas]);
            case "slave" or "replica":
                return new(
                    false,
                    EndPoint(info.GetValueOrDefault("master_host"), info.GetValueOrDefault("master_port")) is { } master ? [master] : null
                );
            default:
                return null;
        }
    }

    // slave0:ip=10.0.0.5,port=6379,state=online,offset=…; ROLE names those that are online, too.
    private static RedisEndPoint? ReplicaOf(string line)
    {
        var fields = RedisSettings.Parse(line.Replace('=', ':').Replace(',', '\n'));
        return fields.GetValueOrDefault("state") == "online"
            ? EndPoint(fields.GetValueOrDefault("ip"), fields.GetValueOrDefault("port"))
            : null;
    }

    private static RedisEndPoint? EndPoint(string? host, string? port) =>
        !string.IsNullOrEmpty(host) && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(host, number)
            : null;
}

namespace Remanso.Redis.Resp.Topology;

/// <summary>What a server answers to ROLE.</summary>
/// <param name="IsMaster">Whether it takes writes.</param>
/// <param name="Peers">A master's replicas; a replica's master.</param>
internal sealed record ServerRole(bool IsMaster, IReadOnlyList<RedisEndPoint> Peers)
{
    public static readonly ReplyParser<ServerRole> Parse = static (ref reply) =>
    {
        var fields = reply.ReadArrayHeader();
        var role = reply.ReadString();
        var peers = new List<RedisEndPoint>();
        if (role == "master")
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
        else if (role is "slave" or "replica" && fields >= 3)
        {
            peers.Add(new(reply.ReadString() ?? "", reply.ReadPort()));
        }
        else
        {
            throw new InvalidDataException($"A server in the role {role} was named as a Redis server to use.");
        }
        return new(role == "master", peers);
    };
}

namespace Remanso.Redis.Resp.Topology;

/// <summary>Who serves what, as one server told it at one moment.</summary>
internal sealed record TopologySnapshot(bool IsCluster, IReadOnlyList<ShardInfo> Shards)
{
    /// <summary>Reads the answer to CLUSTER SLOTS: <c>[first, last, [host, port, id, …], replica …]</c> for each range.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="asked">Stands in for a host that is left empty, which means "where you asked".</param>
    /// <param name="reach">Where a node is reached that is announced somewhere.</param>
    public static TopologySnapshot ReadSlots(ref RespReader reply, RedisEndPoint asked, Func<RedisEndPoint, RedisEndPoint> reach)
    {
        var announced = new Dictionary<RedisEndPoint, RedisEndPoint>();
        var replicas = new Dictionary<RedisEndPoint, List<RedisEndPoint>>();
        var slots = new Dictionary<RedisEndPoint, List<(int, int)>>();
        for (var ranges = reply.ReadArrayHeader(); ranges > 0; ranges--)
        {
            var members = reply.ReadArrayHeader() - 2;
            var range = (First: reply.ReadInt64(), Last: reply.ReadInt64());
            if (members < 1 || range.First < 0 || range.Last >= HashSlot.Count || range.First > range.Last)
            {
                throw new InvalidDataException("CLUSTER SLOTS names a range that does not exist, or nobody for one.");
            }
            var master = ReadMember(ref reply, asked, reach, announced);
            slots.TryAdd(master, []);
            slots[master].Add(((int)range.First, (int)range.Last));
            var followers = replicas[master] = [];
            for (; members > 1; members--)
            {
                followers.Add(ReadMember(ref reply, asked, reach, announced));
            }
        }
        return new(true, [.. slots.Select(s => new ShardInfo(s.Key, replicas[s.Key], s.Value))]);
    }

    private static RedisEndPoint ReadMember(
        ref RespReader reply,
        RedisEndPoint asked,
        Func<RedisEndPoint, RedisEndPoint> reach,
        Dictionary<RedisEndPoint, RedisEndPoint> announced
    )
    {
        var fields = reply.ReadArrayHeader();
        var host = reply.ReadString();
        var port = reply.ReadPort();
        for (; fields > 2; fields--)
        {
            reply.Skip();
        }
        var said = new RedisEndPoint(string.IsNullOrEmpty(host) ? asked.Neighbours : host, port);
        var reached = reach(said);
        return announced.TryAdd(reached, said) || announced[reached] == said
            ? reached
            : throw new InvalidDataException(
                $"The cluster announces {said} and {announced[reached]}, and both would be reached at {reached} "
                    + "(addresses=contact, RedisOptions.AnnouncedHosts or MapAnnounced): each needs a port of its own."
            );
    }
}

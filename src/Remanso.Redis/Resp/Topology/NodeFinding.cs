namespace Remanso.Redis.Resp.Topology;

/// <summary>What one server said, or why it said nothing.</summary>
/// <param name="Node">The server.</param>
/// <param name="Snapshot">Who serves what, where it is a master or a cluster's node.</param>
/// <param name="Masters">A replica's master; empty where it does not tell.</param>
/// <param name="Error">Why it could not be asked.</param>
internal sealed record NodeFinding(RedisNode Node, TopologySnapshot? Snapshot, IReadOnlyList<RedisEndPoint>? Masters, Exception? Error)
{
    /// <summary>Keeps with the server what it said that it is.</summary>
    public void Note()
    {
        Node.IsReplica = Masters is not null;
        Node.IsPromotable |= Node.IsReplica;
        if (Node.IsReplica)
        {
            Node.Commands.NoteRole(isMaster: false);
        }
    }

    public override string ToString() =>
        this switch
        {
            { Error: { } error } => error.Message,
            { Masters: [var master, ..] } => $"Redis at {Node} is a replica of {master}",
            { Masters: not null } => $"Redis at {Node} is a replica, and does not tell whose",
            _ => $"Redis at {Node} is a master",
        };
}

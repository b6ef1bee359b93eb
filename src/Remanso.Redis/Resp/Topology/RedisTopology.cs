using System.Collections.Concurrent;

namespace Remanso.Redis.Resp.Topology;

/// <summary>
/// The servers known, and which of them serves a key. Read by every command without a lock; written by
/// <see cref="TopologyMonitor"/>, and slot by slot by redirects.
/// </summary>
/// <param name="makeLink">Makes a server's connections.</param>
/// <param name="reach">Where a server is reached that another told of.</param>
/// <param name="configured">The servers that are asked in every search, whoever else names them.</param>
internal sealed class RedisTopology(
    Func<RedisEndPoint, RespLink?, RespLink> makeLink,
    Func<RedisEndPoint, RedisEndPoint> reach,
    IEnumerable<RedisEndPoint> configured
) : IAsyncDisposable
{
    private readonly HashSet<RedisEndPoint> _configured = [.. configured];
    private readonly ConcurrentDictionary<RedisEndPoint, RedisNode> _nodes = new();
    private readonly ConcurrentDictionary<RedisEndPoint, byte> _outsiders = new();
    private readonly Lock _gate = new();
    private RedisNode?[]? _slots;
    private RedisNode? _master;
    private bool _wasKnown;

    /// <summary>Whether it was known ever, whatever became of it.</summary>
    public bool WasKnown => Volatile.Read(ref _wasKnown);

    public bool IsKnown => Volatile.Read(ref _master) is not null;

    /// <summary>The master of a server or a replicated set; of a cluster, one of them.</summary>
    public RedisNode? Master => Volatile.Read(ref _master);

    public bool IsCluster => Volatile.Read(ref _slots) is not null;

    /// <summary>All servers known, replicas included.</summary>
    public ICollection<RedisNode> Nodes => _nodes.Values;

    /// <summary>The server for a command; null when none is known yet.</summary>
    public RedisNode? Route(RespCommand command)
    {
        if ((command.Detour ?? command.Node) is { } chosen)
        {
            return chosen;
        }
        var slots = Volatile.Read(ref _slots);
        return slots is not null && command.KeyIndex > 0
            ? Volatile.Read(ref slots[HashSlot.Of(command.Arguments[command.KeyIndex])]) ?? Volatile.Read(ref _master)
            : Volatile.Read(ref _master);
    }

    /// <summary>The master that serves a slot.</summary>
    public RedisNode? MasterOf(int slot) =>
        Volatile.Read(ref _slots) is { } slots ? Volatile.Read(ref slots[slot]) : Volatile.Read(ref _master);

    /// <summary>Whether a server is known, and not as a master.</summary>
    public bool IsNoMaster(RedisEndPoint endPoint) => _nodes.TryGetValue(endPoint, out var node) && !node.IsMaster;

    /// <summary>The server that another one told of.</summary>
    public RedisNode NodeOf(RedisEndPoint announced) => NodeAt(reach(announced));

    public RedisNode NodeAt(RedisEndPoint endPoint) => _nodes.TryGetValue(endPoint, out var node) ? node : Add(endPoint);

    /// <summary>A node of a cluster answered that its cluster is down. It may be down for this node alone, which is cut off
    /// from the others and does not know whom they have put in its place.</summary>
    public void NoteDown(RedisNode node) => _outsiders.TryAdd(node.EndPoint, 0);

    /// <summary>Whether a node said so, and nobody has named it since.</summary>
    public bool IsOutside(RedisNode node) => _outsiders.ContainsKey(node.EndPoint);

    /// <summary>Forgets what was said by nodes that are none of these.</summary>
    public void KeepOutsiders(IEnumerable<RedisNode> nodes)
    {
        foreach (var endPoint in _outsiders.Keys.Except(nodes.Select(static node => node.EndPoint)))
        {
            _outsiders.TryRemove(endPoint, out _);
        }
    }

    /// <summary>One slot is served elsewhere, says a redirect.</summary>
    public void Move(int slot, RedisNode node)
    {
        if (Volatile.Read(ref _slots) is { } slots)
        {
            Volatile.Write(ref slots[slot], node);
        }
    }

    /// <summary>A master of before, outside of a cluster, whose place another has taken: nothing is sent there any more, and
    /// whoever waits for its answer need wait no longer. Until another one is applied there is no master.</summary>
    public void Leave(RedisNode master, Exception reason)
    {
        master.IsMaster = false;
        Interlocked.CompareExchange(ref _master, null, master);
        master.Break(reason);
    }

    /// <summary>Takes over what a server told. Returns the nodes that nobody names any more, for the second time in a
    /// row: one answer may be out of date. Those that are configured stay.</summary>
    public List<RedisNode> Apply(TopologySnapshot snapshot)
    {
        var named = new HashSet<RedisNode>();
        var slots = snapshot.IsCluster ? new RedisNode?[HashSlot.Count] : null;
        RedisNode? first = null;
        // Who was the master, and neither answers nor says itself that it is a replica now.
        var hanging = Nodes.Where(node => node.IsMaster && (node.IsSilent || !(snapshot.IsCluster || node.IsReplica))).ToList();
        foreach (var shard in snapshot.Shards)
        {
            var master = NodeAt(shard.Master);
            master.IsMaster = true;
            master.IsPromotable = false;
            master.Replicas = shard.Replicas?.Count;
            master.Commands.Start();
            master.Commands.NoteRole(isMaster: true);
            _outsiders.TryRemove(master.EndPoint, out _);
            named.Add(master);
            first ??= master;
            foreach (var replica in (shard.Replicas ?? []).Select(NodeAt))
            {
                replica.IsMaster = false;
                replica.IsPromotable = true;
                replica.Replicas = 0;
                replica.Dismiss();
                _outsiders.TryRemove(replica.EndPoint, out _);
                named.Add(replica);
            }
            foreach (var (from, to) in shard.Slots)
            {
                Array.Fill(slots!, master, from, to - from + 1);
            }
        }
        Volatile.Write(ref _slots, slots);
        Volatile.Write(ref _master, first);
        Volatile.Write(ref _wasKnown, true);
        var retired = Retire(named);
        foreach (var node in hanging.Where(static node => !node.IsMaster))
        {
            // Another has taken over: nobody need wait for it any longer.
            node.Break(new IOException($"Redis at {node} hangs, and another is the master now."));
        }
        return retired;
    }

    /// <summary>One heartbeat of all connections.</summary>
    /// <returns>Whether a master may well hang.</returns>
    public bool Sweep(int now, int patience, int silence)
    {
        var isSilent = false;
        foreach (var (_, node) in _nodes)
        {
            node.Sweep(now, patience, silence);
            isSilent |= node is { IsMaster: true, IsSilent: true };
        }
        return isSilent;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, node) in _nodes)
        {
            await node.DisposeAsync().ConfigureAwait(false);
        }
    }

    private RedisNode Add(RedisEndPoint endPoint)
    {
        lock (_gate)
        {
            return _nodes.GetOrAdd(endPoint, static (e, make) => new(e, make), makeLink);
        }
    }

    private List<RedisNode> Retire(HashSet<RedisNode> named)
    {
        var retired = new List<RedisNode>();
        foreach (var (endPoint, node) in _nodes)
        {
            node.Absences = named.Contains(node) ? 0 : node.Absences + 1;
            node.IsMaster &= named.Contains(node);
            // One without slots yet, to which a cluster sends on, is named by those redirects alone.
            if (node is { Absences: >= 2, IsAwaited: false } && !_configured.Contains(endPoint) && _nodes.TryRemove(endPoint, out _))
            {
                retired.Add(node);
            }
        }
        return retired;
    }
}

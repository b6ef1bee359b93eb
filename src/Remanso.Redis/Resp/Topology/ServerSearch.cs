namespace Remanso.Redis.Resp.Topology;

// All known servers are asked at once, so one that hangs costs nothing, and the first that is a master counts. Only where
// the master of until now is connected and answers, its own word counts first: one that was cut off for a while, or came
// back, must not take over from the one that serves. Of a cluster, the word of a node that says that its cluster is down
// counts last: it may be cut off from the others, and takes itself for what it was.
//
// A round is short. Who is not connected yet is asked in the next one.

/// <summary>Asks servers who serves what, until one knows.</summary>
internal sealed class ServerSearch(RedisOptions options, RedisTopology topology, NodeProbe probe)
{
    /// <exception cref="RedisConnectionException">No server could be asked, or none is or knows a master.</exception>
    /// <exception cref="RedisUnfitException">One was found that can't serve.</exception>
    public async Task<TopologySnapshot> RunAsync(CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var probes = new Dictionary<RedisNode, Task<NodeFinding>>();
        var findings = new List<NodeFinding>();
        try
        {
            return await FirstMasterAsync(probes, findings, end.Token).ConfigureAwait(false) ?? throw Fail(findings);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(probes.Values.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>After a round without a master: names are looked up again, where a server says that it is a replica. They
    /// may stand for the new master by now, and what the replica calls its master may be an address of another
    /// network.</summary>
    public async Task LeaveMovedAsync(CancellationToken cancellation)
    {
        foreach (var node in options.EndPoints.Select(topology.NodeAt).Where(static node => node.IsReplica))
        {
            var reason = new RedisConnectionException($"Redis at {node} is a replica, and its master can't be reached", mayHaveRun: false);
            await node.Commands.LeaveIfMovedAsync(reason, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<TopologySnapshot?> FirstMasterAsync(
        Dictionary<RedisNode, Task<NodeFinding>> probes,
        List<NodeFinding> findings,
        CancellationToken cancellation
    )
    {
        void Ask(RedisNode node) => probes.TryAdd(node, probe.RunAsync(node, cancellation));

        var known = topology.Nodes.Concat(options.EndPoints.Select(topology.NodeAt)).ToList();
        topology.KeepOutsiders(known);
        known.ForEach(Ask);
        TopologySnapshot? other = null;
        TopologySnapshot? outsiders = null;
        while (findings.Count < probes.Count)
        {
            var open = probes.Where(probe => !findings.Exists(finding => finding.Node == probe.Key)).Select(static probe => probe.Value);
            var finding = await (await Task.WhenAny(open).ConfigureAwait(false)).ConfigureAwait(false);
            findings.Add(finding);
            finding.Node.IsReplica = finding.Masters is not null;
            (finding.Masters ?? []).Select(topology.NodeAt).ToList().ForEach(Ask);
            if (finding.Snapshot is { IsCluster: true } && topology.IsOutside(finding.Node))
            {
                outsiders ??= finding.Snapshot;
                continue;
            }
            other ??= finding.Snapshot;
            if (finding.Snapshot is { } snapshot && (snapshot.IsCluster || finding.Node == topology.Master))
            {
                return snapshot;
            }
            if (other is not null && !IsAwaited(topology.Master, findings))
            {
                return other;
            }
        }
        return other ?? outsiders;
    }

    private static bool IsAwaited(RedisNode? master, List<NodeFinding> findings) =>
        master is { IsConnected: true, IsSilent: false } && !findings.Exists(finding => finding.Node == master);

    private RedisException Fail(List<NodeFinding> findings)
    {
        // What can be mended by no waiting, first; then what the configured servers say, in their order.
        var first = findings
            .OrderByDescending(static finding => finding.Error is RedisUnfitException)
            .ThenBy(finding => Place(finding.Node))
            .ToList();
        if (first[0].Error is RedisUnfitException unfit)
        {
            return unfit;
        }
        return new RedisConnectionException(
            $"No Redis master was found: {string.Join("; ", first)}",
            mayHaveRun: false,
            first.Select(static finding => finding.Error).FirstOrDefault(static error => error is not null),
            first.Exists(static finding => finding.Masters is not null) ? "Redis has no master that can be reached." : null
        );
    }

    private int Place(RedisNode node) => options.EndPoints.IndexOf(node.EndPoint) is >= 0 and var place ? place : options.EndPoints.Count;
}

using System.Security.Authentication;

namespace Remanso.Redis.Resp.Topology;

// All known servers are asked at once, so one that hangs costs nothing.
//
// - The master of until now stays it as long as it answers, whoever else says that it is one.
// - Where it is away, or says that it is a replica, one that was a replica itself counts at once, or one that it names:
//   somebody has promoted that one.
// - Any other may be a master of before that came back, with what it had then: others would go on writing elsewhere. So it
//   counts only after the one of until now was away for as long as connecting may take.
// - Where none is known yet, all are heard. Of two masters nobody can tell which is the one: that is told, and they are
//   asked again until one is the other's replica. One server may be known under two addresses; its run id tells.
//
// Of a cluster the first word counts, but that of a node that says that its cluster is down last: it may be cut off from
// the others, and takes itself for what it was.
//
// A round is short. Who is not connected yet is asked in the next one; while no master is known, who was named in the
// settings has a second for its first connection.

/// <summary>Asks servers who serves what, until one knows.</summary>
internal sealed class ServerSearch(
    RedisOptions options,
    TimeProvider time,
    RedisTopology topology,
    NodeProbe probe,
    ISearchObserver observer
)
{
    private const string NoMaster = "Redis has no master that can be reached.";

    private readonly SecondMasters _others = new(options, topology, probe, observer);
    private (RedisNode? Master, long Since) _away;

    /// <exception cref="RedisConnectionException">No server could be asked, or none is or knows a master.</exception>
    /// <exception cref="RedisUnfitException">One was found that can't serve.</exception>
    public async Task<TopologySnapshot> RunAsync(CancellationToken cancellation)
    {
        var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var probes = new Dictionary<RedisNode, Task<NodeFinding>>();
        var findings = new List<NodeFinding>();
        var former = topology.Master;
        try
        {
            return await FirstMasterAsync(former, probes, findings, end.Token).ConfigureAwait(false) ?? throw Fail(findings);
        }
        finally
        {
            var isInPlace = former is not null && findings is [.., { Snapshot.IsCluster: false } last] && last.Node == former;
            if (!isInPlace)
            {
                await _others.EndAsync().ConfigureAwait(false);
            }
            // Nobody waits for what the others say.
            if (!isInPlace || !_others.TryBegin(former!, probes, end))
            {
                await SecondMasters.EndAsync(probes.Values, end).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Nobody is asked any more.</summary>
    public Task EndAsync() => _others.EndAsync();

    /// <summary>After a round without a master: who says that it is a replica is left for where its name or address leads
    /// by now. What it calls its master may be an address of another network.</summary>
    public async Task LeaveReplicasAsync(CancellationToken cancellation)
    {
        foreach (var node in options.EndPoints.Select(topology.NodeAt).Where(static node => node.IsReplica))
        {
            var reason = new RedisConnectionException(
                $"Redis at {node} is a replica, and its master can't be reached",
                mayHaveRun: false,
                reason: NoMaster
            );
            if (await node.LeaveAsync(reason, cancellation).ConfigureAwait(false))
            {
                observer.OnLeft(node, reason);
            }
        }
    }

    private async Task<TopologySnapshot?> FirstMasterAsync(
        RedisNode? former,
        Dictionary<RedisNode, Task<NodeFinding>> probes,
        List<NodeFinding> findings,
        CancellationToken cancellation
    )
    {
        void Ask(RedisNode node)
        {
            if (!probes.ContainsKey(node))
            {
                var isFirst = former is null && options.EndPoints.Contains(node.EndPoint);
                probes.Add(node, probe.RunAsync(node, isFirst, cancellation));
            }
        }

        if (_away.Master != former)
        {
            _away = (former, time.GetTimestamp());
        }
        var known = topology.Nodes.Concat(options.EndPoints.Select(topology.NodeAt)).ToList();
        topology.KeepOutsiders(known);
        known.ForEach(Ask);
        TopologySnapshot? outsiders = null;
        while (findings.Count < probes.Count)
        {
            var open = probes.Where(probe => !findings.Exists(finding => finding.Node == probe.Key)).Select(static probe => probe.Value);
            var finding = await (await Task.WhenAny(open).ConfigureAwait(false)).ConfigureAwait(false);
            findings.Add(finding);
            finding.Note();
            (finding.Masters ?? []).Select(topology.NodeAt).ToList().ForEach(Ask);
            if (finding.Snapshot is { IsCluster: true } cluster)
            {
                if (!topology.IsOutside(finding.Node))
                {
                    return cluster;
                }
                outsiders ??= cluster;
                continue;
            }
            if (former is not null && finding.Node == former && finding.Snapshot is { } own)
            {
                _away = default;
                return own;
            }
            if (!IsAwaited(former, findings) && findings.Find(one => IsPromoted(one, former, findings)) is { } promoted)
            {
                return promoted.Snapshot;
            }
        }
        return await OnlyMasterAsync(former, findings, cancellation).ConfigureAwait(false) ?? outsiders;
    }

    private bool IsPromoted(NodeFinding finding, RedisNode? former, List<NodeFinding> findings) =>
        finding.Snapshot is { IsCluster: false }
        && (
            finding.Node.IsPromotable
            || findings.Find(one => one.Node == former)?.Masters?.Any(named => topology.NodeAt(named) == finding.Node) == true
        );

    /// <summary>The one that says that it is a master, where all have been heard.</summary>
    /// <exception cref="RedisConnectionException">There are several, or the one of until now is to be waited for.</exception>
    private async Task<TopologySnapshot?> OnlyMasterAsync(RedisNode? former, List<NodeFinding> findings, CancellationToken cancellation)
    {
        var masters = findings
            .Where(static finding => finding.Snapshot is { IsCluster: false })
            .OrderBy(finding => Place(finding.Node))
            .ToList();
        if (masters is not [var first, ..])
        {
            return null;
        }
        var last = findings.Find(finding => finding.Node == former);
        if (former is not null && last?.Masters is null && time.GetElapsedTime(_away.Since) < options.Timings.ConnectTimeout)
        {
            throw new RedisConnectionException(
                $"Redis at {first.Node} says that it is a master, but {former} was that until now, and is waited for: {last}",
                mayHaveRun: false,
                last?.Error
            );
        }
        if (
            masters.Count > 1
            && await probe.AreSeveralAsync(masters.Select(static master => master.Node), cancellation).ConfigureAwait(false)
        )
        {
            var names = string.Join(" and at ", masters.Select(static master => master.Node));
            throw new RedisConnectionException(
                $"Redis at {names} say that they are masters, and only one may be: make one the replica of the other (REPLICAOF)",
                mayHaveRun: false,
                reason: "Several Redis servers say that they are the master."
            );
        }
        return first.Snapshot;
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
            RefusalOfNamed(findings) ?? (first.Exists(static finding => finding.Masters is not null) ? NoMaster : null)
        );
    }

    /// <summary>Why the master that a replica names does not let this process in; null where that is not why.</summary>
    private string? RefusalOfNamed(List<NodeFinding> findings)
    {
        var named = findings.SelectMany(static finding => finding.Masters ?? []).Select(topology.NodeAt).ToHashSet();
        return findings
            .Where(finding => named.Contains(finding.Node))
            .Select(static finding => finding.Error)
            .OfType<RedisConnectionException>()
            .FirstOrDefault(static error => error.InnerException is RedisServerException or AuthenticationException)
            ?.Reason;
    }

    private int Place(RedisNode node) => options.EndPoints.IndexOf(node.EndPoint) is >= 0 and var place ? place : options.EndPoints.Count;
}

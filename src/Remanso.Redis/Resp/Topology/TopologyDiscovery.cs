namespace Remanso.Redis.Resp.Topology;

/// <summary>Asks servers who serves what, until one knows.</summary>
internal sealed class TopologyDiscovery(
    RedisOptions options,
    TimeProvider time,
    RedisTopology topology,
    ICommandSender sender,
    SentinelCircle? sentinels = null
)
{
    // A server that hangs must not cost more than this before the next one is asked.
    private static readonly TimeSpan _longestAnswer = TimeSpan.FromSeconds(1);

    // While there is no master: a sentinel that tells nothing of the new one is asked.
    private static readonly TimeSpan _betweenQuestions = TimeSpan.FromMilliseconds(50);

    /// <exception cref="RedisConnectionException">No server could be asked, or none is or knows a master.</exception>
    public Task<TopologySnapshot> RunAsync(CancellationToken cancellation) =>
        sentinels is null ? AskServersAsync(cancellation) : AskSentinelsAsync(sentinels, cancellation);

    /// <summary>Looks where the sentinels say, as they say it then: they may think of another one before the first has
    /// answered.</summary>
    private async Task<TopologySnapshot> AskSentinelsAsync(SentinelCircle circle, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        Exception? last = null;
        do
        {
            var master = await circle.FindMasterAsync(cancellation).ConfigureAwait(false);
            if (master is { } endPoint)
            {
                var node = topology.NodeAt(endPoint);
                node.Commands.Start();
                last = node.LastError ?? new TimeoutException($"Redis at {endPoint} has not answered yet.");
                if (node.IsConnected)
                {
                    try
                    {
                        if (await AskAsync(node, [], cancellation).ConfigureAwait(false) is { } snapshot)
                        {
                            LeaveOthers(node);
                            return snapshot;
                        }
                        last = new InvalidDataException($"Redis at {endPoint}, which the sentinels name, says that it is a replica.");
                    }
                    catch (Exception error) when (error is RedisException or InvalidDataException)
                    {
                        last = error;
                    }
                    catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
                    {
                        last = error;
                    }
                }
            }
            else
            {
                last = circle.Unreachable();
            }
            await circle.WaitAsync(_betweenQuestions, cancellation).ConfigureAwait(false);
        } while (time.GetElapsedTime(began) <= options.Timings.ConnectTimeout);
        throw last as RedisConnectionException
            ?? new RedisConnectionException(
                $"No Redis master named {options.Sentinel!.MasterName} was found through the sentinels: {last.Message}",
                mayHaveRun: false,
                last
            );
    }

    /// <summary>Whoever waits for an answer of a master of before need wait no longer: it may hang.</summary>
    private void LeaveOthers(RedisNode master)
    {
        foreach (var former in topology.Nodes.Where(node => node.IsMaster && node != master))
        {
            former.IsMaster = false;
            former.Break(new IOException($"The sentinels have made {master} the master"));
        }
    }

    private async Task<TopologySnapshot> AskServersAsync(CancellationToken cancellation)
    {
        var candidates = topology.Nodes.OrderByDescending(static n => (n.IsConnected, n.IsMaster)).ToList();
        candidates.AddRange(options.EndPoints.Select(topology.NodeAt).Except(candidates));
        foreach (var node in candidates)
        {
            node.Commands.Start();
        }

        // Those connected are asked first; the others get the time to connect, all at once.
        var began = time.GetTimestamp();
        Exception? last = null;
        var asked = new HashSet<RedisNode>();
        while (asked.Count < candidates.Count)
        {
            if (candidates.Find(n => n.IsConnected && !asked.Contains(n)) is { } node)
            {
                asked.Add(node);
                try
                {
                    if (await AskAsync(node, candidates, cancellation).ConfigureAwait(false) is { } snapshot)
                    {
                        return snapshot;
                    }
                }
                catch (Exception error) when (error is RedisException or InvalidDataException)
                {
                    last = error;
                }
                catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
                {
                    last = error;
                }
                continue;
            }
            if (time.GetElapsedTime(began) > options.Timings.ConnectTimeout)
            {
                break;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(10), time, cancellation).ConfigureAwait(false);
        }
        last ??= candidates.Select(static n => n.LastError).FirstOrDefault(static e => e is not null);
        var servers = string.Join(", ", options.EndPoints);
        throw new RedisConnectionException(
            $"No Redis master was found through {servers}: {last?.Message ?? "none answered"}",
            mayHaveRun: false,
            last
        );
    }

    /// <summary>Null when this one is a replica: its master is among the candidates then.</summary>
    private async Task<TopologySnapshot?> AskAsync(RedisNode node, List<RedisNode> candidates, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(_longestAnswer, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        if (node.Commands.Greeting is { IsCluster: true })
        {
            var snapshot = await sender
                .ExecuteAsync(
                    RedisRoute.To(node),
                    (ref reply) => TopologySnapshot.ReadSlots(ref reply, node.EndPoint),
                    either.Token,
                    "CLUSTER",
                    "SLOTS"
                )
                .ConfigureAwait(false);
            return snapshot.Shards.Count > 0 ? snapshot : throw new InvalidDataException($"The cluster node {node} knows of no slots.");
        }
        var role = await sender.ExecuteAsync(RedisRoute.To(node), ServerRole.Parse, either.Token, "ROLE").ConfigureAwait(false);
        if (role.IsMaster)
        {
            return new(false, [new(node.EndPoint, role.Peers, [])]);
        }
        foreach (var master in role.Peers.Select(topology.NodeAt).Except(candidates))
        {
            master.Commands.Start();
            candidates.Add(master);
        }
        return null;
    }
}

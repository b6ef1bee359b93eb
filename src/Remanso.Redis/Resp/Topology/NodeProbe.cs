namespace Remanso.Redis.Resp.Topology;

// A user may lack the right to ask, and a managed service the command. So there are three ways, the best first: ROLE
// tells master and replicas; INFO the same; HELLO, which no user can be denied, only what this server is itself.

/// <summary>Asks one server what it is, and of whom else it knows.</summary>
internal sealed class NodeProbe(RedisOptions options, TimeProvider time, ICommandSender sender)
{
    // A server that hangs must not cost more than this before others are believed.
    private static readonly TimeSpan _longestAnswer = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestOfSilent = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _longestConnect = TimeSpan.FromMilliseconds(250);

    // Who starts should hear all, and the first connection may take its time: TLS, a processor that is short.
    private static readonly TimeSpan _longestFirstConnect = TimeSpan.FromSeconds(1);

    /// <summary>Waits a moment for the server's connection, and asks.</summary>
    /// <param name="node">The server.</param>
    /// <param name="isFirst">Whether a longer moment is worth it, as long as it is the first attempt to connect.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<NodeFinding> RunAsync(RedisNode node, bool isFirst, CancellationToken cancellation)
    {
        try
        {
            return await WaitAsync(node, isFirst, cancellation).ConfigureAwait(false) is { } error
                ? new(node, null, null, error)
                : await AskAsync(node, cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is RedisException or InvalidDataException)
        {
            return new(node, null, null, error);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(
                node,
                null,
                null,
                new RedisConnectionException($"Redis at {node} does not answer", mayHaveRun: false, reason: "Redis does not answer.")
            );
        }
    }

    /// <summary>Which process answers now.</summary>
    public async Task<ServerRun> RunIdAsync(RedisNode node, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(_longestAnswer, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            var text = await sender.ExecuteAsync(RedisRoute.To(node), Replies.Text, either.Token, "INFO", "server").ConfigureAwait(false);
            return new(IsThere: true, RedisSettings.RunId(text));
        }
        catch (Exception error) when (error is RedisServerException or InvalidDataException)
        {
            return new(IsThere: true, Id: null);
        }
        catch (Exception error)
            when (error is RedisException || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return default;
        }
    }

    /// <summary>Whether these are more than one server; false where they do not tell.</summary>
    public async Task<bool> AreSeveralAsync(IEnumerable<RedisNode> nodes, CancellationToken cancellation)
    {
        var runs = await Task.WhenAll(nodes.Select(node => RunIdAsync(node, cancellation))).ConfigureAwait(false);
        return runs.Select(static run => run.Id).OfType<string>().Distinct(StringComparer.Ordinal).Count() > 1;
    }

    /// <summary>Why it is not connected, or null when it is.</summary>
    private async Task<Exception?> WaitAsync(RedisNode node, bool isFirst, CancellationToken cancellation)
    {
        var link = node.Commands;
        var failures = link.Failures;
        var longest = isFirst && failures == 0 ? _longestFirstConnect : _longestConnect;
        var began = time.GetTimestamp();
        link.Start();
        while (!node.IsConnected)
        {
            var isHopeless = link.Failures != failures || (link.LastError is not null && !link.IsTrying);
            if (isHopeless || time.GetElapsedTime(began) >= longest)
            {
                return link.WhyNot ?? new RedisConnectionException($"Redis at {node} is not connected", mayHaveRun: false);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(10), time, cancellation).ConfigureAwait(false);
        }
        return null;
    }

    private async Task<NodeFinding> AskAsync(RedisNode node, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(node.IsSilent ? _longestOfSilent : _longestAnswer, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        if (node.Commands.Greeting is { IsCluster: true })
        {
            var snapshot = await sender
                .ExecuteAsync(
                    RedisRoute.To(node),
                    (ref reply) => TopologySnapshot.ReadSlots(ref reply, node.EndPoint, options.Reach),
                    either.Token,
                    "CLUSTER",
                    "SLOTS"
                )
                .ConfigureAwait(false);
            return snapshot.Shards.Count > 0
                ? new(node, snapshot, null, null)
                : throw new InvalidDataException($"The cluster node {node} knows of no slots.");
        }
        var role = await RoleAsync(node, either.Token).ConfigureAwait(false);
        if (!role.IsMaster)
        {
            node.Dismiss();
        }
        var peers = role.Peers?.Select(options.Reach).ToList();
        return role.IsMaster ? new(node, new(false, [new(node.EndPoint, peers, [])]), null, null) : new(node, null, peers ?? [], null);
    }

    private async Task<ServerRole> RoleAsync(RedisNode node, CancellationToken cancellation)
    {
        var route = RedisRoute.To(node);
        return await TryAsync(() => sender.ExecuteAsync(route, ServerRole.Parse, cancellation, "ROLE")).ConfigureAwait(false)
            ?? await TryAsync(() => sender.ExecuteAsync(route, _info, cancellation, "INFO", "replication")).ConfigureAwait(false)
            ?? await sender.ExecuteAsync(route, _hello, cancellation, "HELLO", 3).ConfigureAwait(false);
    }

    private static readonly ReplyParser<ServerRole?> _info = static (ref reply) =>
        ServerRole.From(RedisSettings.Parse(reply.ReadString() ?? ""));

    private static readonly ReplyParser<ServerRole> _hello = static (ref reply) => new(RespHandshake.Greeting(ref reply).IsMaster, null);

    private static async Task<ServerRole?> TryAsync(Func<ValueTask<ServerRole?>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception error) when (error is RedisServerException { IsRefusal: true } or InvalidDataException)
        {
            return null;
        }
    }
}

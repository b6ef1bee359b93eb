namespace Remanso.Redis.Resp.Topology;

/// <summary>Finds out who serves what: by the servers' own word, or where the sentinels say.</summary>
internal sealed class TopologyDiscovery
{
    private readonly ServerSearch _servers;
    private readonly SentinelSearch? _sentinels;

    public TopologyDiscovery(
        RedisOptions options,
        TimeProvider time,
        RedisTopology topology,
        ICommandSender sender,
        ISearchObserver observer,
        SentinelCircle? sentinels = null
    )
    {
        var probe = new NodeProbe(options, time, sender);
        _servers = new(options, time, topology, probe, observer);
        _sentinels = sentinels is null ? null : new(options, time, topology, probe, observer, sentinels);
    }

    /// <exception cref="RedisConnectionException">No server could be asked, or none is or knows a master.</exception>
    /// <exception cref="RedisUnfitException">One was found that can't serve.</exception>
    public Task<TopologySnapshot> RunAsync(CancellationToken cancellation) =>
        _sentinels is null ? _servers.RunAsync(cancellation) : _sentinels.RunAsync(cancellation);

    /// <summary>After a round without a master: names and addresses may stand for others by now.</summary>
    public Task LeaveReplicasAsync(CancellationToken cancellation) =>
        _sentinels is null ? _servers.LeaveReplicasAsync(cancellation) : Task.CompletedTask;

    /// <summary>Nobody is asked any more.</summary>
    public Task EndAsync() => _servers.EndAsync();
}

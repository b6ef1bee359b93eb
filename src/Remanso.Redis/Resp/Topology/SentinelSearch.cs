namespace Remanso.Redis.Resp.Topology;

/// <summary>Looks where the sentinels say, as they say it then: they may think of another one before the first has
/// answered.</summary>
internal sealed class SentinelSearch(
    RedisOptions options,
    TimeProvider time,
    RedisTopology topology,
    NodeProbe probe,
    SentinelCircle circle
)
{
    // While there is no master: a sentinel that tells nothing of the new one is asked.
    private static readonly TimeSpan _betweenQuestions = TimeSpan.FromMilliseconds(50);

    /// <exception cref="RedisConnectionException">No sentinel could be asked, or no master is where they say.</exception>
    /// <exception cref="RedisUnfitException">The master can't serve.</exception>
    public async Task<TopologySnapshot> RunAsync(CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        Exception last;
        do
        {
            var master = await circle.FindMasterAsync(cancellation).ConfigureAwait(false);
            if (master is { } endPoint)
            {
                var finding = await probe.RunAsync(topology.NodeAt(endPoint), isFirst: false, cancellation).ConfigureAwait(false);
                if (finding.Snapshot is { } snapshot)
                {
                    LeaveOthers(finding.Node);
                    return snapshot;
                }
                last = finding.Error
                    ?? new InvalidDataException($"Redis at {endPoint}, which the sentinels name, says that it is a replica.");
                if (last is RedisUnfitException)
                {
                    throw new RedisUnfitException(last.Message, last);
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
}

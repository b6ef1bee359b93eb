using Remanso.Redis.Resp.Sentinels;

namespace Remanso.Redis.Resp.Topology;

// Who was relieved goes on taking writes until the sentinels have made it a replica, some ten seconds later, and what it took
// until then is lost. So it is left as soon as the sentinels name another, whether that one can be used here or not: a write
// that is refused is not lost. Against what a sentinel may say that is not so:
//
// - One that was cut off still names the master of before. Its epoch is lower than the one that is gone by here, and the
//   master of until now stays.
// - One alone may speak for itself, while others name another. Where the server that it names says that it is a master,
//   that is enough, for it was promoted; where it can't be asked, more than half of them must say so, and never one of several.
// - Under the same epoch there was no fail-over: another address is then another name for the same server.

/// <summary>Looks where the sentinels say, as they say it then: they may think of another one before the first has
/// answered.</summary>
internal sealed class SentinelSearch(
    RedisOptions options,
    TimeProvider time,
    RedisTopology topology,
    NodeProbe probe,
    ISearchObserver observer,
    SentinelCircle circle
)
{
    // While there is no master: a sentinel that tells nothing of the new one is asked.
    private static readonly TimeSpan _betweenQuestions = TimeSpan.FromMilliseconds(50);

    // The newest with which the master was named that is gone by.
    private long _epoch = SentinelWord.NoEpoch;

    /// <exception cref="RedisConnectionException">No sentinel could be asked, no master is where they say, or it can't be
    /// used.</exception>
    /// <exception cref="RedisUnfitException">The master can't serve.</exception>
    public async Task<TopologySnapshot> RunAsync(CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        Exception last;
        do
        {
            if (await circle.FindMasterAsync(cancellation).ConfigureAwait(false) is { } word)
            {
                var former = topology.Master;
                var node = former is not null && word.IsBehind(_epoch) ? former : topology.NodeAt(word.Master);
                var finding = await probe.RunAsync(node, isFirst: false, cancellation).ConfigureAwait(false);
                if (finding.Snapshot is { } snapshot)
                {
                    _epoch = node == former && !word.IsOfMost ? Math.Max(_epoch, word.Epoch) : word.Epoch;
                    LeaveOthers(node, new IOException($"The sentinels have made {node} the master"));
                    return snapshot;
                }
                last = finding.Error ?? new InvalidDataException($"Redis at {node}, which the sentinels name, says that it is a replica.");
                if (former is not null && former != node && finding.Error is not null && word.Relieves(_epoch))
                {
                    var unusable = Unusable(node, last);
                    LeaveOthers(node, unusable);
                    observer.OnUnusable(node, former, last);
                    throw unusable;
                }
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

    private static RedisException Unusable(RedisNode master, Exception error)
    {
        var message = $"The sentinels have made {master} the master, which can't be used here: {error.Message}";
        return error is RedisUnfitException
            ? new RedisUnfitException(message, error)
            : new RedisConnectionException(message, mayHaveRun: false, error);
    }

    /// <summary>Nothing goes to a master of before any more, and what it published is another's to say.</summary>
    private void LeaveOthers(RedisNode master, Exception reason)
    {
        foreach (var former in topology.Nodes.Where(node => node.IsMaster && node != master))
        {
            topology.Leave(former, reason);
            observer.OnLeft(former, reason);
        }
    }
}

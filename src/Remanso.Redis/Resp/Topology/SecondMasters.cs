using Remanso.Redis.Resp.Connections;

namespace Remanso.Redis.Resp.Topology;

// Behind a search that has found the master of until now in its place: nobody waits for this, so the others may be as far
// away as they like. It goes on beside further searches, and ends with one that finds another master, or none. That one
// of them is a master counts only if the one that is used answers after that: it may have died, and be followed by it.

/// <summary>Hears who says that it is a master beside the one that is used: it must not take over from it later, and somebody
/// has to know.</summary>
internal sealed class SecondMasters(RedisOptions options, RedisTopology topology, NodeProbe probe, ISearchObserver observer)
{
    private readonly Lock _gate = new();
    private readonly HashSet<RedisEndPoint> _told = [];
    private Task _hearing = Task.CompletedTask;
    private CancellationTokenSource? _end;

    /// <param name="master">The one that is used.</param>
    /// <param name="probes">All who are asked; they are awaited from here on.</param>
    /// <param name="end">Ends the questions; it is disposed of from here on.</param>
    /// <returns>False where others are still heard: nothing has happened then.</returns>
    public bool TryBegin(RedisNode master, Dictionary<RedisNode, Task<NodeFinding>> probes, CancellationTokenSource end)
    {
        if (!_hearing.IsCompleted)
        {
            return false;
        }
        _end?.Dispose();
        _end = end;
        _hearing = Task.WhenAll(
            probes
                .Where(asked => asked.Key != master)
                .Select(asked => HearAsync(master, asked.Value, end.Token))
                .Append(HearAddressesAsync(master, end.Token))
        );
        return true;
    }

    /// <summary>Hears no more.</summary>
    public async Task EndAsync()
    {
        if (_end is { } end)
        {
            _end = null;
            await EndAsync([_hearing], end).ConfigureAwait(false);
        }
    }

    /// <summary>Ends these.</summary>
    public static async Task EndAsync(IEnumerable<Task> tasks, CancellationTokenSource end)
    {
        await end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        end.Dispose();
    }

    private async Task HearAsync(RedisNode master, Task<NodeFinding> asked, CancellationToken cancellation)
    {
        var finding = await asked.ConfigureAwait(false);
        var node = finding.Node;
        finding.Note();
        if (finding.Snapshot is null)
        {
            Note(master, node.EndPoint, isReplica: finding.Masters is not null, isSecond: false);
            return;
        }
        var runs = await Task.WhenAll(probe.RunIdAsync(master, cancellation), probe.RunIdAsync(node, cancellation)).ConfigureAwait(false);
        if (runs[0].IsThere)
        {
            node.IsPromotable = false;
            Note(master, node.EndPoint, isReplica: false, isSecond: runs[0].IsOtherThan(runs[1].Id));
        }
    }

    /// <summary>A name may stand for several servers, of which one is connected to.</summary>
    private async Task HearAddressesAsync(RedisNode master, CancellationToken cancellation)
    {
        foreach (var endPoint in options.EndPoints)
        {
            var run = default(ServerRun);
            async Task<bool> IsUsedAsync() => (run = await probe.RunIdAsync(master, cancellation).ConfigureAwait(false)).IsThere;

            foreach (var heard in await topology.NodeAt(endPoint).Commands.HearOthersAsync(IsUsedAsync, cancellation).ConfigureAwait(false))
            {
                Note(master, new($"{heard.Address}", endPoint.Port), heard.IsReplica, run.IsOtherThan(heard.Run));
            }
        }
    }

    private void Note(RedisNode master, RedisEndPoint other, bool isReplica, bool isSecond)
    {
        lock (_gate)
        {
            if (isReplica)
            {
                _told.Remove(other);
            }
            if (!isSecond || !_told.Add(other))
            {
                return;
            }
        }
        observer.OnSecondMaster(master.EndPoint, other);
    }
}

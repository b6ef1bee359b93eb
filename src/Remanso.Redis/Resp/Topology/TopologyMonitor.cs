using System.Threading.Channels;

namespace Remanso.Redis.Resp.Topology;

/// <summary>Keeps <see cref="RedisTopology"/> up to date: at the start, periodically, and whenever somebody noticed
/// that something has changed. However many notice, one asks.</summary>
internal sealed class TopologyMonitor(
    RedisOptions options,
    TimeProvider time,
    RedisTopology topology,
    TopologyDiscovery discovery,
    Action changed,
    IServerGate? gate = null
) : IAsyncDisposable
{
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _requests = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private Exception? _lastError;
    private Task? _running;

    /// <summary>Why the last attempt failed; null after one that did not.</summary>
    public Exception? LastError => Volatile.Read(ref _lastError);

    public void Start() => _running ??= Task.Run(RunAsync);

    /// <summary>Something tells that the topology has changed.</summary>
    public void Request() => _requests.Writer.TryWrite(true);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_running is { } running)
        {
            await running.ConfigureAwait(false);
        }
        await discovery.EndAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var timings = options.Timings;
        var failures = 0;
        while (!_stop.IsCancellationRequested)
        {
            _requests.Reader.TryRead(out _);
#pragma warning disable CA1031 // Whatever fails is reported as the state and tried again.
            try
            {
                var snapshot = await discovery.RunAsync(_stop.Token).ConfigureAwait(false);
                await AdmitAsync(snapshot).ConfigureAwait(false);
                var retired = topology.Apply(snapshot);
                Volatile.Write(ref _lastError, null);
                failures = 0;
                changed();
                foreach (var node in retired)
                {
                    await node.DisposeAsync().ConfigureAwait(false);
                }
            }
            catch (Exception error)
            {
                Volatile.Write(ref _lastError, error);
                failures++;
                await LeaveReplicasAsync().ConfigureAwait(false);
            }
#pragma warning restore CA1031
            // A pause in any case, so that a storm of redirects is answered by one question.
            await Task.Delay(PauseAfter(0), time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Those who are connected are asked again soon while there is no master: one of them will be it.
            await WaitAsync(failures == 0 ? timings.TopologyRefresh : PauseAfter(failures)).ConfigureAwait(false);
        }
    }

    private TimeSpan PauseAfter(int failures)
    {
        var timings = options.Timings;
        var longest = timings.LongestReconnectDelay < _longestPause ? timings.LongestReconnectDelay : _longestPause;
        var first = timings.ReconnectDelay < longest ? timings.ReconnectDelay : longest;
        return ReconnectDelay.For(failures, first, longest, Random.Shared.NextDouble());
    }

    private async Task LeaveReplicasAsync()
    {
        using var timeout = new CancellationTokenSource(_longestPause, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stop.Token);
        try
        {
            await discovery.LeaveReplicasAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Names are looked up again after the next round.
        }
    }

    /// <summary>Who was no master until now may have less than the last one had; and so may a master that was a replica
    /// since, whoever noticed that.</summary>
    private async ValueTask AdmitAsync(TopologySnapshot snapshot)
    {
        foreach (var node in snapshot.Shards.Select(shard => topology.NodeAt(shard.Master)))
        {
            foreach (var connection in node.Connections.Where(connection => !node.IsMaster || !connection.IsAdmitted))
            {
                connection.IsAdmitted = gate is null || await PassesAsync(gate, connection, node).ConfigureAwait(false);
                // In a cluster others may be named that are masters; commands of its slots wait for the next answer.
                if (!connection.IsAdmitted && !snapshot.IsCluster)
                {
                    throw new RedisConnectionException(
                        $"Redis at {node} said that it is a master, and then that it is a replica",
                        mayHaveRun: false
                    );
                }
            }
        }
    }

    private async ValueTask<bool> PassesAsync(IServerGate gate, RespConnection connection, RedisNode node)
    {
        using var timeout = new CancellationTokenSource(options.Timings.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stop.Token);
        try
        {
            return await gate.AdmitAsync(connection, node.EndPoint, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            // It may be dead without a word; another one is answered, or refused.
            var silent = new RedisConnectionException(
                $"Redis at {node.EndPoint} is a master now, and did not answer",
                mayHaveRun: false,
                reason: "Redis does not answer."
            );
            connection.Fail(silent);
            throw silent;
        }
    }

    private async Task WaitAsync(TimeSpan longest)
    {
        using var period = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(period.Token, _stop.Token);
        try
        {
            await _requests.Reader.WaitToReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The period is over, or all is.
        }
    }
}

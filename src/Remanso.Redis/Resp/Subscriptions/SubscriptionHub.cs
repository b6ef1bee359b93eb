namespace Remanso.Redis.Resp.Subscriptions;

/// <summary>Places subscriptions at servers, and places them anew when the topology changes: sharded channels at the
/// master of their slot, all others at one master, it does not matter which.</summary>
internal sealed class SubscriptionHub(
    RedisOptions options,
    TimeProvider time,
    RedisTopology topology,
    Heartbeat heartbeat,
    Action topologyChanged
) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RedisEndPoint, SubscriptionLine> _lines = [];
    private readonly HashSet<Subscription> _subscriptions = [];
    private readonly DeliveryPump _pump = new();
    private int _nextPing;
    private bool _isDisposed;

    public async ValueTask<IAsyncDisposable> SubscribeAsync(
        RedisChannel channel,
        IRedisSubscriber subscriber,
        CancellationToken cancellation
    )
    {
        var subscription = new Subscription(channel, subscriber, RemoveAsync);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, nameof(RedisClient));
            _subscriptions.Add(subscription);
            Place(subscription);
        }
        try
        {
            await subscription.Confirmed.WaitAsync(options.Timings.ConnectTimeout, time, cancellation).ConfigureAwait(false);
            return subscription;
        }
        catch (Exception error)
        {
            var reason = subscription.Line?.Link.LastError;
            await RemoveAsync(subscription).ConfigureAwait(false);
            if (error is TimeoutException)
            {
                throw new RedisConnectionException(
                    $"No server has confirmed the subscription: {reason?.Message ?? "no answer"}",
                    mayHaveRun: true,
                    reason
                );
            }
            throw;
        }
    }

    /// <summary>The topology has changed.</summary>
    public void Rebalance()
    {
        List<SubscriptionLine> empty;
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }
            foreach (var subscription in _subscriptions)
            {
                Place(subscription);
            }
            var used = _subscriptions.Select(static s => s.Line).ToHashSet();
            empty = [.. _lines.Values.Where(line => !used.Contains(line))];
            foreach (var line in empty)
            {
                _lines.Remove(line.Link.EndPoint);
            }
            foreach (var line in _lines.Values)
            {
                line.Retry();
            }
        }
        foreach (var line in empty)
        {
            _ = line.DisposeAsync().AsTask();
        }
    }

    /// <summary>The server at an address is not the one wanted: a new connection may lead to another.</summary>
    public void Leave(RedisEndPoint endPoint, Exception reason)
    {
        lock (_gate)
        {
            _lines.GetValueOrDefault(endPoint)?.Link.Connection?.Fail(reason);
        }
    }

    public void Sweep(int now, int patience)
    {
        lock (_gate)
        {
            var isPingDue = now - _nextPing >= 0;
            if (isPingDue)
            {
                // With the ping's own time-out: a silent loss is noticed within two command time-outs.
                _nextPing = now + Math.Max(1, patience / 4);
            }
            foreach (var line in _lines.Values)
            {
                line.Link.Sweep(now, patience / 2);
                line.Sweep(now);
                if (isPingDue)
                {
                    line.Ping();
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<SubscriptionLine> lines;
        lock (_gate)
        {
            _isDisposed = true;
            lines = [.. _lines.Values];
            _lines.Clear();
        }
        foreach (var line in lines)
        {
            await line.DisposeAsync().ConfigureAwait(false);
        }
        await _pump.DisposeAsync().ConfigureAwait(false);
    }

    private void Place(Subscription subscription)
    {
        var channel = subscription.Channel;
        var slot = channel.Kind == RedisChannelKind.Sharded ? HashSlot.Of(channel.Name) : 0;
        var node = topology.MasterOf(slot);
        if (node is null && !topology.IsKnown && subscription.Line is { } left)
        {
            // Its master was left, and others may write where nothing is heard.
            left.Remove(subscription, new IOException("There is no master to hear of changes."));
            subscription.Line = null;
        }
        if (node is null || subscription.Line?.Link.EndPoint == node.EndPoint)
        {
            return;
        }
        if (!_lines.TryGetValue(node.EndPoint, out var line))
        {
            _lines[node.EndPoint] = line = new(node.Commands, options, time, _pump, heartbeat, topologyChanged);
        }
        var reason = new IOException($"The channel is now served by {node.EndPoint}.");
        subscription.Line?.Remove(subscription, reason);
        subscription.Line = line;
        line.Add(subscription);
    }

    private ValueTask RemoveAsync(Subscription subscription)
    {
        lock (_gate)
        {
            if (_subscriptions.Remove(subscription))
            {
                subscription.Line?.Remove(subscription, null);
                subscription.Line = null;
            }
        }
        return ValueTask.CompletedTask;
    }
}

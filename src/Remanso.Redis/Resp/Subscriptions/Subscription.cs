namespace Remanso.Redis.Resp.Subscriptions;

/// <summary>One subscriber's interest in one channel.</summary>
internal sealed class Subscription(RedisChannel channel, IRedisSubscriber subscriber, Func<Subscription, ValueTask> end) : IAsyncDisposable
{
    private readonly TaskCompletionSource _confirmed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isLost;

    public RedisChannel Channel => channel;

    /// <summary>Where it is placed now; null while no server is known. Guarded by the hub.</summary>
    public SubscriptionLine? Line { get; set; }

    /// <summary>Completes when a server has confirmed it the first time.</summary>
    public Task Confirmed => _confirmed.Task;

    public ValueTask DisposeAsync() => end(this);

    // The calls below come from the pump, one after the other.

    public void Deliver(in RedisMessage message)
    {
        if (Line is not null)
        {
            subscriber.OnMessage(message);
        }
    }

    public void Lose(Exception reason)
    {
        if (_confirmed.Task.IsCompletedSuccessfully && !_isLost)
        {
            _isLost = true;
            subscriber.OnLost(reason);
        }
    }

    /// <summary>Where it was never confirmed, that is its end; else it is tried again.</summary>
    public void Refuse(Exception reason)
    {
        if (!_confirmed.TrySetException(reason) && _isLost)
        {
            subscriber.OnRefused(channel, reason);
        }
    }

    public void Confirm()
    {
        if (_isLost)
        {
            _isLost = false;
            subscriber.OnRestored();
        }
        _confirmed.TrySetResult();
    }
}

namespace Remanso.Redis.Resp.Subscriptions;

/// <summary>Hears what is published. The calls come in order, and one at a time for all subscriptions of a client: they
/// must not block, for the others wait meanwhile.</summary>
internal interface IRedisSubscriber
{
    void OnMessage(in RedisMessage message);

    /// <summary>From here on messages may be missed: the connection was lost, or could not be kept up with.</summary>
    void OnLost(Exception reason);

    /// <summary>After <see cref="OnLost"/>: the server refuses the channel, which it had confirmed. It is asked again and
    /// again.</summary>
    void OnRefused(RedisChannel channel, Exception reason) { }

    /// <summary>Messages arrive again. What was published since <see cref="OnLost"/> is gone: a cache that lives by the
    /// messages has to be emptied now.</summary>
    void OnRestored();
}

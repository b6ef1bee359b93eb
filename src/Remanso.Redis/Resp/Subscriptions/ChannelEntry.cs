namespace Remanso.Redis.Resp.Subscriptions;

/// <summary>A channel that a line is, or is to be, subscribed to, and for whom. Guarded by its line.</summary>
internal sealed class ChannelEntry(RedisChannel channel)
{
    public RedisChannel Channel => channel;

    /// <summary>Replaced, never changed, so that a delivery on its way keeps the array it has.</summary>
    public Subscription[] Subscriptions { get; set; } = [];

    /// <summary>The server has confirmed, on the present connection.</summary>
    public bool IsLive { get; set; }

    public string Subscribe =>
        channel.Kind switch
        {
            RedisChannelKind.Pattern => "PSUBSCRIBE",
            RedisChannelKind.Sharded => "SSUBSCRIBE",
            _ => "SUBSCRIBE",
        };

    public string Unsubscribe =>
        channel.Kind switch
        {
            RedisChannelKind.Pattern => "PUNSUBSCRIBE",
            RedisChannelKind.Sharded => "SUNSUBSCRIBE",
            _ => "UNSUBSCRIBE",
        };
}

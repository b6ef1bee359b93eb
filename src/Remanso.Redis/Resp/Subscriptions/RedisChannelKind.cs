namespace Remanso.Redis.Resp.Subscriptions;

/// <summary>The three kinds of subscription.</summary>
internal enum RedisChannelKind
{
    /// <summary>SUBSCRIBE: published anywhere in a cluster, heard everywhere.</summary>
    Literal,

    /// <summary>PSUBSCRIBE: all channels that match a glob.</summary>
    Pattern,

    /// <summary>SSUBSCRIBE: published and heard only at the master of the channel's slot (SPUBLISH).</summary>
    Sharded,
}

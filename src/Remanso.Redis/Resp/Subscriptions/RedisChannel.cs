namespace Remanso.Redis.Resp.Subscriptions;

/// <summary>What is subscribed to.</summary>
/// <param name="Kind">How the name is meant.</param>
/// <param name="Name">The channel, or the pattern.</param>
internal readonly record struct RedisChannel(RedisChannelKind Kind, string Name)
{
    public static RedisChannel Literal(string name) => new(RedisChannelKind.Literal, name);

    public static RedisChannel Pattern(string pattern) => new(RedisChannelKind.Pattern, pattern);

    public static RedisChannel Sharded(string name) => new(RedisChannelKind.Sharded, name);
}

namespace Remanso.Redis.Resp;

/// <summary>Where a command goes: to the server that holds a key, to a chosen one, or to any master.</summary>
internal readonly record struct RedisRoute
{
    private RedisRoute(int keyIndex, RedisNode? node)
    {
        KeyIndex = keyIndex;
        Node = node;
    }

    /// <summary>The argument behind the command's name is the key, as in most commands.</summary>
    public static RedisRoute FirstKey { get; } = new(1, null);

    /// <summary>The first key of EVAL and EVALSHA.</summary>
    public static RedisRoute ScriptKey { get; } = new(3, null);

    /// <summary>No key: any master will do.</summary>
    public static RedisRoute Any { get; } = new(0, null);

    /// <summary>The key's place among the arguments, the command's name being 0.</summary>
    public int KeyIndex { get; }

    public RedisNode? Node { get; }

    /// <summary>This server and no other: a redirect is then an error, not followed.</summary>
    public static RedisRoute To(RedisNode node) => new(0, node);
}

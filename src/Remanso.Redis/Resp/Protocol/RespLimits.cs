namespace Remanso.Redis.Resp.Protocol;

/// <summary>What a peer may send before it is taken for broken or hostile.</summary>
internal sealed record RespLimits
{
    /// <summary>Nested aggregates, attributes included. A fixed array of this length lives in every scanner.</summary>
    public const int MaxDepth = 32;

    /// <summary>Bytes of a line: a simple string, an error, a number, a length.</summary>
    public const int MaxLineBytes = 64 * 1024;

    public static RespLimits Default { get; } = new();

    /// <summary>Bytes of one whole reply, and so of one bulk string. Memory grows with the bytes that have arrived,
    /// never with a length that was announced.</summary>
    public int MaxReplyBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Elements of one aggregate (a map's pairs count twice).</summary>
    public int MaxElements { get; init; } = 4 * 1024 * 1024;
}

namespace Remanso;

/// <summary>Where a Redis server listens.</summary>
/// <param name="Host">A name or an address; an IPv6 address without brackets. Or the whole path of a Unix socket.</param>
/// <param name="Port">1 to 65535; 0 for a Unix socket.</param>
public readonly record struct RedisEndPoint(string Host, int Port)
{
    /// <summary>The port when none is named.</summary>
    public const int DefaultPort = 6379;

    /// <summary>Whether it is a Unix socket: a host that begins with a <c>/</c> is its path.</summary>
    public bool IsUnixSocket => Host?.StartsWith('/') == true;

    /// <summary>The host where others of the same deployment may be, which a server names by their port alone.</summary>
    internal string Neighbours => IsUnixSocket ? "127.0.0.1" : Host;

    /// <inheritdoc />
    public override string ToString() =>
        IsUnixSocket ? $"unix:{Host}"
        : Host?.Contains(':', StringComparison.Ordinal) == true ? $"[{Host}]:{Port}"
        : $"{Host}:{Port}";
}

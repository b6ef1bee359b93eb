namespace Remanso;

/// <summary>Where a Redis server listens.</summary>
/// <param name="Host">A name or an address; an IPv6 address without brackets.</param>
/// <param name="Port">1 to 65535.</param>
public readonly record struct RedisEndPoint(string Host, int Port)
{
    /// <summary>The port when none is named.</summary>
    public const int DefaultPort = 6379;

    /// <inheritdoc />
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

namespace Remanso.Redis.Resp;

/// <summary>How the client fares, for health checks.</summary>
/// <param name="IsConnected">Whether every master known is connected and takes commands, and one is known.</param>
/// <param name="IsCluster">Whether it is a Redis Cluster.</param>
/// <param name="LastError">Why it is not connected; null while it is.</param>
internal sealed record RedisClientState(bool IsConnected, bool IsCluster, Exception? LastError);

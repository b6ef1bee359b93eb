namespace Remanso.Redis.Resp.Connections;

/// <summary>What a server says of itself in answer to HELLO.</summary>
internal sealed record ServerGreeting(string Version, bool IsCluster, bool IsMaster);

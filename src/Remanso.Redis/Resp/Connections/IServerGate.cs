namespace Remanso.Redis.Resp.Connections;

/// <summary>Looks at a server before commands pass to it: on each new connection to a master, and on one that is open before
/// its server is taken for a master.</summary>
internal interface IServerGate
{
    /// <summary>Returns when it has looked.</summary>
    /// <param name="connection">Its connection, greeted; nothing else is sent there meanwhile, unless it was in use before.</param>
    /// <param name="endPoint">The server.</param>
    /// <param name="cancellation">The connect time-out.</param>
    /// <returns>Whether commands may pass; false where the server is a replica.</returns>
    /// <exception cref="RedisException">They may not; the connection is given up, or the server not yet taken for a master.</exception>
    ValueTask<bool> AdmitAsync(RespConnection connection, RedisEndPoint endPoint, CancellationToken cancellation);
}

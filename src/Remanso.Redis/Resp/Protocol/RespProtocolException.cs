namespace Remanso.Redis.Resp.Protocol;

/// <summary>The peer sent bytes that are not RESP, or more than <see cref="RespLimits"/> admits. Where in the stream
/// the next reply starts is unknown from here on, so the connection is dropped.</summary>
internal sealed class RespProtocolException(string message) : RedisException(message)
{
    public override bool IsTransient => false;
}

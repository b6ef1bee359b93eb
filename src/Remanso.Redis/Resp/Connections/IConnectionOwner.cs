namespace Remanso.Redis.Resp.Connections;

/// <summary>Told when a connection has ended.</summary>
internal interface IConnectionOwner
{
    void OnClosed(RespConnection connection, Exception reason);
}

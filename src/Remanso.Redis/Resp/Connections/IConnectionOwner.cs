namespace Remanso.Redis.Resp;

/// <summary>Told when a connection has ended.</summary>
internal interface IConnectionOwner
{
    void OnClosed(RespConnection connection, Exception reason);
}

namespace Remanso.Redis.Resp.Connections;

/// <summary>Told how a link fares. The calls of one link come one after the other.</summary>
internal interface ILinkObserver
{
    /// <summary>A greeted connection is in place.</summary>
    void OnConnected(RespLink link);

    /// <summary>The connection was lost, or an attempt to connect failed.</summary>
    void OnDisconnected(RespLink link, Exception reason);
}

using System.Net.Sockets;

namespace Remanso.Client.Http;

/// <summary>The client's own connections.</summary>
internal static class Connections
{
    // A server moves: names are looked up again now and then.
    private static readonly TimeSpan _lifetime = TimeSpan.FromMinutes(2);

    // After so much of it the other side is asked whether it is there.
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(30);

    public static HttpClient Create()
    {
        var handler = new SocketsHttpHandler();
        Set(handler);
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public static void Set(SocketsHttpHandler handler)
    {
        handler.Proxy = new ProxyForOthers();
        handler.PooledConnectionLifetime = _lifetime;
        handler.ConnectTimeout = TimeSpan.FromSeconds(10);

        // The API never redirects; who does is somebody else, and should not get values.
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;

        // A host that lost its power, or a firewall that forgot the connection, says nothing: a call without a time-out
        // would wait for ever.
        handler.ConnectCallback = ConnectAsync;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)_silence.TotalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

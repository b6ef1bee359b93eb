using System.Net;
using System.Net.Sockets;
using Remanso.Common;

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

    public static void Set(SocketsHttpHandler handler) => Set(handler, Dns.GetHostAddressesAsync);

    /// <param name="handler">Makes the connections.</param>
    /// <param name="resolveAsync">Looks a name up.</param>
    internal static void Set(SocketsHttpHandler handler, Func<string, CancellationToken, Task<IPAddress[]>> resolveAsync)
    {
        handler.Proxy = new ProxyForOthers();
        handler.PooledConnectionLifetime = _lifetime;
        handler.ConnectTimeout = TimeSpan.FromSeconds(10);

        // The API never redirects; who does is somebody else, and should not get values.
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;

        handler.ConnectCallback = async (context, cancellation) =>
        {
            var (name, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
            var addresses = await resolveAsync(name, cancellation).ConfigureAwait(false);
            var socket = await SocketRace
                .RunAsync(addresses, (address, token) => OpenAsync(new(address, port), token), TimeProvider.System, cancellation)
                .ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        };
    }

    private static async Task<Socket> OpenAsync(IPEndPoint address, CancellationToken cancellation)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // A host that lost its power, or a firewall that forgot the connection, says nothing: a call without a time-out
            // would wait for ever.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)_silence.TotalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(address, cancellation).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

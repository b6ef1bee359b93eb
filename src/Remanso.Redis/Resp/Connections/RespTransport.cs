using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Remanso.Redis.Resp.Connections;

/// <summary>Opens the byte stream to a server: TCP, and TLS on it when asked for.</summary>
internal static class RespTransport
{
    public static async ValueTask<(Socket Socket, Stream Stream)> OpenAsync(
        RedisEndPoint endPoint,
        RedisTlsOptions? tls,
        CancellationToken cancellation
    )
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            await socket.ConnectAsync(endPoint.Host, endPoint.Port, cancellation).ConfigureAwait(false);
            stream = new PolledStream(socket);
            if (tls is not null)
            {
                var secure = new SslStream(stream);
                stream = secure;
                try
                {
                    await secure.AuthenticateAsClientAsync(tls.ForHost(endPoint.Host), cancellation).ConfigureAwait(false);
                }
                catch (AuthenticationException error)
                {
                    throw tls.Explain(error, endPoint.Host);
                }
            }
            return (socket, stream);
        }
        catch
        {
            if (stream is not null)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }
            socket.Dispose();
            throw;
        }
    }
}

using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Remanso.Redis.Resp.Connections;

/// <summary>Makes a byte stream of a socket: with TLS on it when asked for.</summary>
internal static class RespTransport
{
    /// <summary>Owns the socket from now on.</summary>
    public static async ValueTask<Stream> SecureAsync(
        Socket socket,
        RedisEndPoint endPoint,
        RedisOptions options,
        CancellationToken cancellation
    )
    {
        var stream = new PolledStream(socket);
        if (options.Tls is not { } tls)
        {
            return stream;
        }
        var secure = new SslStream(stream);
        try
        {
            var asked = tls.ForHost(endPoint.Host, error => options.NotRenewed(endPoint, error));
            await secure.AuthenticateAsClientAsync(asked, cancellation).ConfigureAwait(false);
            return secure;
        }
        catch (Exception error)
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            socket.Dispose();
            if (error is AuthenticationException fault)
            {
                throw tls.Explain(fault, endPoint.Host);
            }
            throw;
        }
    }
}

using System.Net;
using System.Net.Sockets;
using Remanso.Client.Http;

namespace Remanso.Client.Tests;

/// <summary>The connections that the client makes for itself.</summary>
public sealed class ConnectionTests
{
    [Fact]
    public async Task A_connection_notices_that_the_other_side_has_gone_without_a_word()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var handler = new SocketsHttpHandler();
        Connections.Set(handler);
        var isKeptAlive = false;
        handler.PlaintextStreamFilter = (context, _) =>
        {
            var socket = ((NetworkStream)context.PlaintextStream).Socket;
            isKeptAlive = (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)! != 0;
            throw new IOException("enough");
        };
        using var http = new HttpClient(handler);

        await Assert.ThrowsAsync<HttpRequestException>(() =>
            http.GetAsync(new Uri($"http://{listener.LocalEndpoint}"), TestContext.Current.CancellationToken)
        );

        Assert.True(isKeptAlive);
    }
}

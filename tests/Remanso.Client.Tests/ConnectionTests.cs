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

        var isKeptAlive = await ConnectAsync((IPEndPoint)listener.LocalEndpoint, [IPAddress.Loopback], static socket =>
            (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)! != 0
        );

        Assert.True(isKeptAlive);
    }

    [Fact]
    public async Task An_address_of_the_name_that_does_not_answer_keeps_nobody_from_the_next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var there = (IPEndPoint)listener.LocalEndpoint;
        // Its queue is full: what comes next is dropped.
        var silent = new IPEndPoint(IPAddress.Parse("127.0.0.9"), there.Port);
        using var hung = new TcpListener(silent);
        hung.Start(backlog: 0);
        using var first = new TcpClient();
        await first.ConnectAsync(silent, TestContext.Current.CancellationToken);

        var used = await ConnectAsync(there, [silent.Address, there.Address], static socket => socket.RemoteEndPoint);

        Assert.Equal(there, used);
    }

    /// <summary>What is seen of the connection that a call makes, to a name that stands for these.</summary>
    private static async Task<T?> ConnectAsync<T>(IPEndPoint server, IPAddress[] addresses, Func<Socket, T> look)
    {
        using var handler = new SocketsHttpHandler();
        Connections.Set(handler, (_, _) => Task.FromResult(addresses));
        var seen = default(T);
        handler.PlaintextStreamFilter = (context, _) =>
        {
            seen = look(((NetworkStream)context.PlaintextStream).Socket);
            throw new IOException("enough");
        };
        using var http = new HttpClient(handler);
        await Assert.ThrowsAnyAsync<Exception>(() =>
            http.GetAsync(new Uri($"http://cache.test:{server.Port}"), TestContext.Current.CancellationToken)
        );
        return seen;
    }
}

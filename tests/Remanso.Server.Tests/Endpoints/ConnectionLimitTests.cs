using System.Net.Sockets;
using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Endpoints;

/// <summary><c>Remanso:Security:MaxConnections</c>: nobody takes all connections of the process.</summary>
public sealed class ConnectionLimitTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_connection_more_than_may_be_open_is_closed_and_has_room_when_another_ends()
    {
        await using var server = await RunningServer.StartAsync("--Remanso:Security:MaxConnections", "2");
        var one = await RawConnection.OpenAsync(server.Address);
        using var two = await RawConnection.OpenAsync(server.Address);
        await one.SetAsync("k", "1");
        await two.SetAsync("k", "2");

        Assert.Equal(0, await AnswerAsync(server.Address));

        one.Dispose();
        await Until.TrueAsync(async () => await AnswerAsync(server.Address) > 0, "there is room again");
    }

    // How many bytes a new connection is answered with before it is closed.
    private static async Task<int> AnswerAsync(Uri address)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, Cancelled);
        try
        {
            var stream = client.GetStream();
            await stream.WriteAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), Cancelled);
            return await stream.ReadAsync(new byte[1024], Cancelled);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

using System.Net.Sockets;
using Remanso.Conformance.Servers;
using Remanso.Server.Hosting;

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

    [Fact]
    public async Task Where_few_files_may_be_open_idle_connections_do_not_end_the_process()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the limit is read on Linux");
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAfterAsync("ulimit -n 1024", folder.Path);
        using var before = await RawConnection.OpenAsync(server.Client.BaseAddress!);
        await before.SetAsync("k", "1");

        var idle = new TcpClient[1100];
        try
        {
            for (var i = 0; i < idle.Length; i++)
            {
                idle[i] = new TcpClient();
                await idle[i].ConnectAsync(server.Client.BaseAddress!.Host, server.Client.BaseAddress.Port, Cancelled);
            }

            // All that are more than the limit leaves, but for the one before them.
            var closed = idle.Select(static async client => await client.GetStream().ReadAsync(new byte[1], Cancelled)).ToArray();
            await Until.TrueAsync(
                () => Task.FromResult(closed.Count(static one => one.IsCompleted) >= idle.Length - 624),
                "what has no room is closed"
            );

            await before.SetAsync("k", "2");
        }
        finally
        {
            foreach (var client in idle)
            {
                client?.Dispose();
            }
        }
    }

    [Fact]
    public async Task More_connections_than_files_may_be_open_are_told_at_the_start()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the limit is read on Linux");
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAfterAsync(
            "ulimit -n 1024",
            folder.Path,
            "--Remanso:Security:MaxConnections",
            "5000"
        );
        await server.TerminateAsync();
        Assert.Contains(
            "Remanso:Security:MaxConnections is 5000, but this process may open 1024 files",
            server.Banner + await server.Output,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("Max open files            1024                 4096                 files", 1024L, 624L)]
    [InlineData("Max open files            256                  256                  files", 256L, 1L)]
    [InlineData("Max open files            unlimited            unlimited            files", null, long.MaxValue)]
    [InlineData("Max processes             1024                 1024                 processes", null, long.MaxValue)]
    public void Connections_have_what_the_process_leaves_of_its_files(string limits, long? limit, long left)
    {
        Assert.Equal(limit, OpenFiles.Parse([limits]));
        Assert.Equal(left, OpenFiles.Left(limit));
    }

    [Fact]
    public async Task Doctor_warns_of_more_connections_than_files_may_be_open()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the limit is read on Linux");
        using var folder = new TemporaryFolder();

        var (code, output, _) = await ServerProcess.RunAfterAsync(
            "ulimit -n 1024",
            folder.Path,
            ["doctor", "--only", "settings", "--Remanso:Security:MaxConnections", "625"]
        );
        var (_, unlessSet, _) = await ServerProcess.RunAfterAsync("ulimit -n 1024", folder.Path, ["doctor", "--all", "--only", "settings"]);

        Assert.Equal(0, code);
        Assert.Contains("warning  settings: connections: 625 connections are let in", output, StringComparison.Ordinal);
        Assert.Contains("ok       settings: connections: 624 connections are let in", unlessSet, StringComparison.Ordinal);
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

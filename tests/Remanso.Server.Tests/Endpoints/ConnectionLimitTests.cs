using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Remanso.Conformance.Servers;
using Remanso.Server.Hosting;
using Remanso.Server.Tests.Security;

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

    [Theory]
    [InlineData("--urls", "http://127.0.0.1:0;http://127.0.0.1:{0};https://127.0.0.1:0")]
    [InlineData(
        "--Kestrel:Endpoints:A:Url",
        "http://127.0.0.1:0",
        "--Kestrel:Endpoints:B:Url",
        "http://127.0.0.1:0",
        "--Kestrel:Endpoints:C:Url",
        "https://127.0.0.1:0"
    )]
    public async Task One_limit_holds_for_all_addresses_and_before_TLS(params string[] listen)
    {
        using var folder = new TemporaryFolder();
        using var root = TestCertificates.Authority("CN=Root");
        using var own = TestCertificates.Issue(root, "CN=localhost", folder.File("own"));
        await using var server = await RunningServer.StartAtAsync([
            .. listen.Select(static text => text.Replace("{0}", $"{Ports.Free()}", StringComparison.Ordinal)),
            "--store",
            "sqlite:" + folder.File("remanso.db"),
            "--Kestrel:Certificates:Default:Path",
            folder.File("own.pem"),
            "--Kestrel:Certificates:Default:KeyPath",
            folder.File("own.key"),
            "--Remanso:Security:MaxConnections",
            "2",
        ]);
        var plain = server.Addresses.Where(static address => address.Scheme == "http").ToArray();
        var tls = Assert.Single(server.Addresses, static address => address.Scheme == "https");
        using var one = await RawConnection.OpenAsync(plain[0]);
        await one.SetAsync("k", "1");

        // It says nothing, so that no TLS begins.
        TcpClient[] two = [await ConnectAsync(tls.Port)];
        await Until.TrueAsync(() => AreTakenAsync(two, plain[1]), "both places are taken");

        Assert.Equal(0, await AnswerAsync(plain[0]));
        Assert.Equal(0, await AnswerAsync(tls));

        two[0].Dispose();
        await Until.TrueAsync(async () => await AnswerAsync(plain[1]) > 0, "there is room again");
    }

    [Fact]
    public async Task What_is_closed_for_want_of_room_is_counted_and_logged_as_Kestrel_does()
    {
        var counted = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "kestrel.rejected_connections")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref counted, value));
        listener.Start();
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path, "--Remanso:Security:MaxConnections", "1");
        await using var here = await RunningServer.StartAsync("--Remanso:Security:MaxConnections", "1");
        using var one = await RawConnection.OpenAsync(server.Client.BaseAddress!);
        using var oneHere = await RawConnection.OpenAsync(here.Address);
        await one.SetAsync("k", "1");
        await oneHere.SetAsync("k", "1");

        Assert.Equal(0, await AnswerAsync(server.Client.BaseAddress!));
        Assert.Equal(0, await AnswerAsync(here.Address));

        await server.TerminateAsync();
        Assert.Contains(
            "rejected because the maximum number of concurrent connections has been reached",
            await server.Output,
            StringComparison.Ordinal
        );
        Assert.True(Volatile.Read(ref counted) >= 1);
    }

    [Fact]
    public async Task Where_few_files_may_be_open_idle_connections_do_not_end_the_process()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the limit is read on Linux");
        using var folder = new TemporaryFolder();
        var (first, second) = (Ports.Free(), Ports.Free());
        await using var server = await ServerProcess.StartAfterAsync(
            "ulimit -n 1024",
            folder.Path,
            "--urls",
            $"http://127.0.0.1:{first};http://127.0.0.1:{second}"
        );
        using var before = await RawConnection.OpenAsync(new Uri($"http://127.0.0.1:{first}"));
        await before.SetAsync("k", "1");

        // All that there is room for, and then as many at once as the system takes for a process that is busy.
        List<TcpClient> idle = [];
        try
        {
            await OpenAsync(623);
            await Until.TrueAsync(() => AreTakenAsync(idle, new Uri($"http://127.0.0.1:{second}")), "all places are taken");
            server.Pause();
            await OpenAsync(800);
            server.Resume();

            var closed = idle.Select(static async client => await client.GetStream().ReadAsync(new byte[1], Cancelled)).ToArray();
            await Until.TrueAsync(() => Task.FromResult(closed.Count(static one => one.IsCompleted) == 800), "what has no room is closed");

            await before.SetAsync("k", "2");
        }
        finally
        {
            idle.ForEach(static client => client.Dispose());
        }

        async Task OpenAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                idle.Add(await ConnectAsync(i % 2 == 0 ? first : second));
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
    [InlineData("Max open files            401                  401                  files", 401L, 1L)]
    [InlineData("Max open files            256                  256                  files", 256L, 0L)]
    [InlineData("Max open files            unlimited            unlimited            files", null, long.MaxValue)]
    [InlineData("Max processes             1024                 1024                 processes", null, long.MaxValue)]
    public void Connections_have_what_the_process_leaves_of_its_files(string limits, long? limit, long left)
    {
        Assert.Equal(limit, OpenFiles.Parse([limits]));
        Assert.Equal(left, OpenFiles.Left(limit));
    }

    [Fact]
    public void Limits_that_may_not_be_read_are_not_known()
    {
        using var folder = new TemporaryFolder();

        Assert.Null(OpenFiles.Read(folder.File("nothing")));
        Assert.Null(OpenFiles.Read(folder.Path));
    }

    [Fact]
    public async Task Fewer_connections_than_usual_for_want_of_files_are_told_and_next_to_none_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the limit is read on Linux");
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAfterAsync("ulimit -n 1024", folder.Path);
        await server.TerminateAsync();
        Assert.Contains(
            "624 connections are let in at once, and not 10000: this process may open 1024 files",
            server.Banner + await server.Output,
            StringComparison.Ordinal
        );

        var (code, _, errors) = await ServerProcess.RunAfterAsync("ulimit -n 415", folder.Path);
        var (_, examined, _) = await ServerProcess.RunAfterAsync("ulimit -n 415", folder.Path, ["doctor", "--only", "settings"]);

        Assert.Equal(1, code);
        Assert.StartsWith("remanso: Remanso:Security:MaxConnections must be set", errors, StringComparison.Ordinal);
        Assert.Contains(
            "may open 415, of which it needs some 400 itself, and 15 connections are too few",
            errors,
            StringComparison.Ordinal
        );
        Assert.Contains("Remanso:Security:MaxConnections must be set", examined, StringComparison.Ordinal);
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
        Assert.Contains("with more it would be 10000", unlessSet, StringComparison.Ordinal);
    }

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, Cancelled);
        return client;
    }

    // Whether silent connections leave no place. Each address lets in by itself, so one of them may come behind whoever
    // asks, and is closed: another takes its turn.
    private static async Task<bool> AreTakenAsync(IList<TcpClient> silent, Uri address)
    {
        for (var i = 0; i < silent.Count; i++)
        {
            var socket = silent[i].Client;
            if (socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0)
            {
                var port = ((IPEndPoint)socket.RemoteEndPoint!).Port;
                silent[i].Dispose();
                silent[i] = await ConnectAsync(port);
            }
        }

        return await AnswerAsync(address) == 0;
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

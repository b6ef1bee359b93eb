using System.Net.Sockets;

namespace Remanso.Server.Tests.Hosting;

/// <summary>The real process on a Unix socket whose file is there already: of one that is gone, of one that lives, or no
/// socket at all.</summary>
public sealed class UnixSocketTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("s");

    [Fact]
    public async Task After_a_kill_the_server_starts_again()
    {
        await using (var killed = await StartAsync("first"))
        {
            Assert.Equal(HttpStatusCode.NotFound, await AskAsync());
            killed.Kill();
        }

        Assert.True(File.Exists(Path));
        await Assert.ThrowsAsync<HttpRequestException>(AskAsync);

        await using var again = await StartAsync("again");
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync());
        Assert.Equal((0, ""), await again.TerminateAsync());
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task A_socket_that_another_program_left_is_replaced()
    {
        // What .NET bound is removed when it is closed, unless it lies elsewhere by then.
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(_folder.File("bound")));
            File.Move(_folder.File("bound"), Path);
        }

        await using var server = await StartAsync("data");

        Assert.Equal(HttpStatusCode.NotFound, await AskAsync());
    }

    [Fact]
    public async Task A_socket_of_a_server_that_lives_stays_its_own()
    {
        await using var first = await StartAsync("first");

        await AssertInUseAsync();
        // Without the lock as well, by an older version for one.
        File.Delete(Path + ".lock");
        await AssertInUseAsync();

        Assert.Equal(HttpStatusCode.NotFound, await AskAsync());
    }

    [Fact]
    public async Task A_socket_that_is_bound_and_not_listened_to_yet_stays_where_its_server_has_the_lock()
    {
        await using var starting = new FileStream(Path + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path));

        await AssertInUseAsync();

        socket.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(Path), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_file_that_is_no_socket_is_not_removed()
    {
        await File.WriteAllTextAsync(Path, "data", TestContext.Current.CancellationToken);

        var (code, _, errors) = await RunAsync();

        Assert.Equal((1, $"remanso: urls: {Path} is a file and no socket: it stays, and nothing can listen there.\n"), (code, errors));
        Assert.Equal("data", await File.ReadAllTextAsync(Path, TestContext.Current.CancellationToken));
    }

    public void Dispose() => _folder.Dispose();

    private async Task AssertInUseAsync()
    {
        var (code, _, errors) = await RunAsync();
        Assert.Equal(1, code);
        Assert.Contains($"Failed to bind to address http://unix:{Path}: address already in use", errors, StringComparison.Ordinal);
        Assert.True(File.Exists(Path));
    }

    private Task<(int ExitCode, string Output, string Errors)> RunAsync() => ServerProcess.RunAsync(_folder.Path, Switches("second"));

    private Task<ServerProcess> StartAsync(string store) => ServerProcess.StartAsync(_folder.Path, Switches(store));

    private string[] Switches(string store) => ["--urls", "http://unix:" + Path, "--store", $"sqlite:{store}/remanso.db"];

    private async Task<HttpStatusCode> AskAsync()
    {
        using var client = new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellationToken) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        );
        return (await client.GetAsync(new Uri("http://localhost/get/a"))).StatusCode;
    }
}

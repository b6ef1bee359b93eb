using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Remanso.Redis.Tests.Servers;

/// <summary>One address with servers behind it, as a virtual address or a proxy: new connections go to the one that is
/// behind it then, those that are open stay where they are.</summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _open = [];
    private readonly Task _accepting;
    private int _accepted;

    public TcpRelay(int target)
    {
        Target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections there have been.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>The port that new connections go to.</summary>
    public int Target { get; set; }

    /// <summary>How far away they are: what they answer comes so much later.</summary>
    public TimeSpan Delay { get; init; }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        foreach (var side in _open)
        {
            side.Dispose();
        }
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var relaying = new List<Task>();
        while (true)
        {
            try
            {
                relaying.Add(RelayAsync(await _listener.AcceptTcpClientAsync()));
            }
            // Stopped: while it waited, or between two connections, where the listener has an error of its own.
            catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                break;
            }
        }
        await Task.WhenAll(relaying);
    }

    private async Task RelayAsync(TcpClient client)
    {
        Interlocked.Increment(ref _accepted);
        var server = new TcpClient();
        _open.Add(client);
        _open.Add(server);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, Target);
            await Task.WhenAny(client.GetStream().CopyToAsync(server.GetStream()), AnswerAsync(server.GetStream(), client.GetStream()));
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            // One side is gone.
        }
        client.Dispose();
        server.Dispose();
    }

    private async Task AnswerAsync(NetworkStream from, NetworkStream to)
    {
        if (Delay == TimeSpan.Zero)
        {
            await from.CopyToAsync(to);
            return;
        }
        var buffer = new byte[65536];
        while (await from.ReadAsync(buffer) is > 0 and var read)
        {
            await Task.Delay(Delay, TimeProvider.System);
            await to.WriteAsync(buffer.AsMemory(0, read));
        }
    }
}

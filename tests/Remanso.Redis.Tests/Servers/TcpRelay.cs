using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Remanso.Conformance.Support;

namespace Remanso.Redis.Tests.Servers;

/// <summary>One address with servers behind it, as a virtual address or a proxy: new connections go to the one that is
/// behind it then, those that are open stay where they are.</summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly ConcurrentBag<TcpClient> _open = [];
    private readonly Task _accepting;
    private int _accepted;
    private int _ended;

    /// <param name="target">The port that connections go to.</param>
    /// <param name="at">Its own address; null for a free port.</param>
    public TcpRelay(int target, IPEndPoint? at = null)
    {
        Target = target;
        _listener = new(at ?? new(IPAddress.Loopback, 0));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections there have been.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>How many of them are over.</summary>
    public int Ended => Volatile.Read(ref _ended);

    /// <summary>The port that new connections go to.</summary>
    public int Target { get; set; }

    /// <summary>How far away they are: what they answer comes so much later.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Whatever they are asked passes it; null for none.</summary>
    public Gate? Questions { get; set; }

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
            await Task.WhenAny(
                PassAsync(client.GetStream(), server.GetStream(), () => Questions?.PassAsync() ?? Task.CompletedTask),
                PassAsync(server.GetStream(), client.GetStream(), () => Task.Delay(Delay, TimeProvider.System))
            );
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            // One side is gone.
        }
        client.Dispose();
        server.Dispose();
        Interlocked.Increment(ref _ended);
    }

    private static async Task PassAsync(NetworkStream from, NetworkStream to, Func<Task> waitAsync)
    {
        var buffer = new byte[65536];
        while (await from.ReadAsync(buffer) is > 0 and var read)
        {
            await waitAsync();
            await to.WriteAsync(buffer.AsMemory(0, read));
        }
    }
}

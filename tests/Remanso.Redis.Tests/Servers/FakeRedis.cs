using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Remanso.Redis.Tests.Servers;

/// <summary>A server that does what a test says: it greets, and hands every other command to <see cref="Answer"/>,
/// which writes raw RESP or breaks the connection.</summary>
internal sealed class FakeRedis : IAsyncDisposable
{
    /// <summary>The answer to ROLE of a master without replicas.</summary>
    public const string Master = "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";

    private readonly TcpListener _listener;
    private readonly ConcurrentBag<FakeConnection> _connections = [];
    private readonly Task _accepting;
    private int _topologyAsked;

    public FakeRedis(Func<FakeConnection, string[], Task> answer, IPAddress? at = null)
    {
        Answer = answer;
        _listener = new(at ?? IPAddress.Loopback, 0);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Address => $"redis://{_listener.LocalEndpoint}";

    public Func<FakeConnection, string[], Task> Answer { get; set; }

    /// <summary>"standalone" or "cluster".</summary>
    public string Mode { get; init; } = "standalone";

    /// <summary>How often CLUSTER SLOTS or ROLE was asked.</summary>
    public int TopologyAsked => Volatile.Read(ref _topologyAsked);

    /// <summary>How much later than at once the topology is told.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The answer to HELLO; null for one that tells mode and role.</summary>
    public string? Hello { get; set; }

    /// <summary>HELLO is answered once this is done.</summary>
    public Task Greeting { get; set; } = Task.CompletedTask;

    /// <summary>The answer to ROLE.</summary>
    public string Role { get; set; } = Master;

    /// <summary>The answer to CLUSTER SLOTS.</summary>
    public string Slots { get; set; } = "*0\r\n";

    public int Accepted => _connections.Count;

    private string Node => $"*3\r\n{Text(Host)}:{Port}\r\n$1\r\na\r\n";

    private string Host => $"{((IPEndPoint)_listener.LocalEndpoint).Address}";

    /// <summary>Serves all slots from here.</summary>
    public void OwnAllSlots() => Slots = $"*1\r\n*3\r\n:0\r\n:16383\r\n{Node}";

    /// <summary>Names another one as its replica, which says that it is one; null for none.</summary>
    public void Name(FakeRedis? replica)
    {
        if (replica is null)
        {
            OwnAllSlots();
            Role = Master;
            return;
        }

        Slots = $"*1\r\n*4\r\n:0\r\n:16383\r\n{Node}{replica.Node}";
        var port = $"{replica.Port}";
        Role = $"*3\r\n$6\r\nmaster\r\n:0\r\n*1\r\n*3\r\n{Text(replica.Host)}{Text(port)}{Text("0")}";
        replica.Slots = Slots;
        replica.Role = $"*5\r\n$5\r\nslave\r\n{Text(Host)}:{Port}\r\n$9\r\nconnected\r\n:0\r\n";
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        foreach (var connection in _connections)
        {
            connection.Break();
        }
        await _accepting;
    }

    private static string Text(string text) => $"${text.Length}\r\n{text}\r\n";

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        while (true)
        {
            try
            {
                var connection = new FakeConnection(await _listener.AcceptSocketAsync());
                _connections.Add(connection);
                serving.Add(ServeAsync(connection));
            }
            // Stopped: while it waited, or between two connections, where the listener has an error of its own.
            catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                break;
            }
        }
        await Task.WhenAll(serving);
    }

    private async Task TellAsync(FakeConnection connection, Func<string> topology)
    {
        if (Delay > TimeSpan.Zero)
        {
            await Task.Delay(Delay, TimeProvider.System);
        }

        await connection.SendAsync(topology());
        Interlocked.Increment(ref _topologyAsked);
    }

    private async Task GreetAsync(FakeConnection connection)
    {
        await Greeting;
        await connection.SendAsync(
            Hello ?? $"%3\r\n$7\r\nversion\r\n$3\r\n7.0\r\n$4\r\nmode\r\n${Mode.Length}\r\n{Mode}\r\n" + "$4\r\nrole\r\n$6\r\nmaster\r\n"
        );
    }

    private async Task ServeAsync(FakeConnection connection)
    {
        try
        {
            while (await connection.ReceiveAsync() is { } command)
            {
                if (connection.IsSilent)
                {
                    continue;
                }
                await (
                    command switch
                    {
                        ["HELLO", ..] => GreetAsync(connection),
                        ["ROLE"] => TellAsync(connection, () => Role),
                        ["CLUSTER", "SLOTS"] => TellAsync(connection, () => Slots),
                        _ => Answer(connection, command),
                    }
                );
            }
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            // The test or the client has broken the connection.
        }
    }
}

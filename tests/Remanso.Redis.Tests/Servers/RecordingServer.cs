using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Remanso.Redis.Tests.Servers;

/// <summary>Counts in how many pieces the bytes of commands arrive, and answers each command of the usual greeting, and
/// each GET with OK.</summary>
internal sealed class RecordingServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _serving;
    private int _receives;

    public RecordingServer()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Address => $"redis://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public int Receives => Volatile.Read(ref _receives);

    public void Reset() => Volatile.Write(ref _receives, 0);

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            using var socket = await _listener.AcceptSocketAsync();
            var buffer = new byte[1 << 20];
            while (await socket.ReceiveAsync(buffer) is > 0 and var count)
            {
                Interlocked.Increment(ref _receives);
                var text = Encoding.ASCII.GetString(buffer, 0, count);
                var reply = text.Contains("HELLO", StringComparison.Ordinal) ? "%0\r\n"
                    : text.Contains("ROLE", StringComparison.Ordinal) ? "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"
                    : string.Concat(Enumerable.Repeat("+OK\r\n", text.Split("GET").Length - 1));
                await socket.SendAsync(Encoding.ASCII.GetBytes(reply));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Remanso.Redis.Tests.Servers;

/// <summary>Counts in how many pieces the bytes of GETs arrive, and answers each of them with OK. What the client asks
/// on its own account is answered as well, wherever it stands.</summary>
internal sealed partial class RecordingServer : IAsyncDisposable
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
                var commands = Command().Matches(Encoding.ASCII.GetString(buffer, 0, count));
                if (commands.Any(static command => command.ValueSpan is "GET"))
                {
                    Interlocked.Increment(ref _receives);
                }

                var reply = string.Concat(
                    commands.Select(static command =>
                        command.Value switch
                        {
                            "HELLO" => "%0\r\n",
                            "ROLE" => "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n",
                            _ => "+OK\r\n",
                        }
                    )
                );
                await socket.SendAsync(Encoding.ASCII.GetBytes(reply));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    // The first word behind the number of words.
    [GeneratedRegex(@"(?<=\*\d+\r\n\$\d+\r\n)\w+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Command();
}

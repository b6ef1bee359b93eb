using System.Net.Sockets;

namespace Remanso.Server.Tests.Support;

/// <summary>One HTTP/1.1 connection that sends <c>POST /set</c> as fast as a loop can: <see cref="HttpClient"/> would
/// be most of the time.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly TcpClient _client;
    private readonly NetworkStream _stream;
    private readonly byte[] _buffer = new byte[4096];

    private RawConnection(TcpClient client)
    {
        _client = client;
        _stream = client.GetStream();
    }

    public static async Task<RawConnection> OpenAsync(Uri address)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(address.Host, address.Port);
        return new RawConnection(client);
    }

    /// <summary>The version that the server issued.</summary>
    public async Task<long> SetAsync(string key, string value)
    {
        var body = $$"""{"key":"{{key}}","value":"{{value}}"}""";
        await _stream.WriteAsync(
            Encoding.ASCII.GetBytes($"POST /set HTTP/1.1\r\nHost: localhost\r\nContent-Length: {body.Length}\r\n\r\n{body}")
        );
        var received = 0;
        while (true)
        {
            var read = await _stream.ReadAsync(_buffer.AsMemory(received));
            Assert.True(read > 0, "The server closed the connection.");
            received += read;
            var text = Encoding.ASCII.GetString(_buffer, 0, received);
            if (text.EndsWith('}'))
            {
                Assert.StartsWith("HTTP/1.1 200", text, StringComparison.Ordinal);
                var start = text.LastIndexOf("\"version\":", StringComparison.Ordinal) + 10;
                return long.Parse(text[start..^1], System.Globalization.CultureInfo.InvariantCulture);
            }
        }
    }

    public void Dispose() => _client.Dispose();
}

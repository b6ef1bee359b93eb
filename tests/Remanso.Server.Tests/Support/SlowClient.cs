using System.Net.Sockets;

namespace Remanso.Server.Tests.Support;

/// <summary>A connection that sends what it is told and reads when it is told, with little room for what it does not read.</summary>
internal sealed class SlowClient : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8 << 10 };
    private readonly byte[] _buffer = new byte[64 << 10];

    public static async Task<SlowClient> ConnectAsync(Uri address)
    {
        var client = new SlowClient();
        await client._socket.ConnectAsync(IPAddress.Loopback, address.Port);
        return client;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes)..];
        }
    }

    /// <summary>The head of the answer, with as much of the body as came with it.</summary>
    public async Task<string> ReadHeadAsync()
    {
        var text = string.Empty;
        while (!text.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await _socket.ReceiveAsync(_buffer);
            if (read == 0)
            {
                break;
            }

            text += Encoding.UTF8.GetString(_buffer, 0, read);
        }

        return text;
    }

    /// <summary>How many bytes more come until the server ends the connection.</summary>
    public async Task<long> DrainAsync()
    {
        var all = 0L;
        try
        {
            while (await _socket.ReceiveAsync(_buffer) is > 0 and var read)
            {
                all += read;
            }
        }
        catch (SocketException)
        {
            // Reset.
        }

        return all;
    }

    public void Dispose() => _socket.Dispose();
}

using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace Remanso.Load.Http;

/// <summary>One connection, one request at a time, no allocation per request.</summary>
internal sealed class HttpConnection(Uri url) : IDisposable
{
    private byte[] _buffer = new byte[8 << 10];
    private Socket? _socket;
    private bool _isDisposed;

    private Socket Connected => _socket ?? throw new InvalidOperationException("Not connected.");

    /// <summary>Connects, or connects anew.</summary>
    public async Task ConnectAsync()
    {
        _socket?.Dispose();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _socket.ConnectAsync(url.Host, url.Port);
    }

    /// <summary>Sends a request and reads its answer.</summary>
    /// <exception cref="SocketException">The connection broke.</exception>
    /// <exception cref="InvalidDataException">The answer can't be read, or the server closed the connection.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Response> ExchangeAsync(ReadOnlyMemory<byte> request)
    {
        await SendAsync(request);
        return await ReceiveAsync();
    }

    /// <summary>Sends a request, or a part of one.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await Connected.SendAsync(bytes, SocketFlags.None)..];
        }
    }

    /// <summary>Reads the answer to what was sent.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Response> ReceiveAsync()
    {
        var socket = Connected;
        var filled = 0;
        var needed = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(_buffer.AsMemory(filled), SocketFlags.None);
            if (received == 0)
            {
                throw new InvalidDataException("The server closed the connection.");
            }

            filled += received;
            if (filled >= needed)
            {
                if (ResponseParser.TryParse(_buffer.AsSpan(0, filled), out var response))
                {
                    return filled == response.TotalLength
                        ? response
                        : throw new InvalidDataException("The server sent more than one answer.");
                }

                // Known once the head is there: a long body is not looked at again before it is complete.
                needed = response.TotalLength;
            }

            if (filled == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }
        }
    }

    /// <summary>A header of the last answer, or null.</summary>
    public string? Header(in Response last, ReadOnlySpan<byte> name) =>
        ResponseParser.TryGetHeader(_buffer.AsSpan(0, last.HeadLength - 2), name, out var value) ? Encoding.ASCII.GetString(value) : null;

    public void Dispose()
    {
        _isDisposed = true;
        _socket?.Dispose();
    }
}

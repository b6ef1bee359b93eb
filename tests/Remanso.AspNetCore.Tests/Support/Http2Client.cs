using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Remanso.AspNetCore.Tests.Support;

/// <summary>One stream of HTTP/2 without TLS, frame by frame (RFC 9113): it ends a body where no client of a library's would.</summary>
internal sealed class Http2Client : IDisposable
{
    private const int Stream = 1;
    private const int FrameHead = 9;
    private const int LargestFrame = 16 << 10;
    private const byte EndStream = 1;
    private const byte EndHeaders = 4;

    private readonly TcpClient _client;
    private readonly NetworkStream _stream;

    private Http2Client(TcpClient client)
    {
        _client = client;
        _stream = client.GetStream();
    }

    private enum Frame : byte
    {
        Data = 0,
        Headers = 1,
        Reset = 3,
        Settings = 4,
    }

    public static async Task<Http2Client> ConnectAsync(Uri address)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, address.Port);
        var connection = new Http2Client(client);
        await connection._stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        await connection.SendAsync(Frame.Settings, flags: 0, stream: 0, []);
        return connection;
    }

    public Task BeginAsync(string method, string path, int contentLength) =>
        SendAsync(
            Frame.Headers,
            EndHeaders,
            Stream,
            [
                .. Field(":method", method),
                .. Field(":scheme", "http"),
                .. Field(":path", path),
                .. Field(":authority", "localhost"),
                .. Field("content-length", contentLength.ToString(CultureInfo.InvariantCulture)),
            ]
        );

    /// <summary>Sends a body of at most 64 KiB less one byte: as much as a stream may without hearing that there is room.</summary>
    public async Task SendBodyAsync(int length, bool isEnd)
    {
        while (length > 0)
        {
            var part = Math.Min(length, LargestFrame);
            length -= part;
            await SendAsync(Frame.Data, isEnd && length == 0 ? EndStream : (byte)0, Stream, new byte[part]);
        }
    }

    public Task GiveUpAsync() => SendAsync(Frame.Reset, flags: 0, Stream, [0, 0, 0, 8]);

    /// <summary>Reads until the server resets the stream.</summary>
    public async Task UntilResetAsync()
    {
        var head = new byte[FrameHead];
        do
        {
            await _stream.ReadExactlyAsync(head);
            await _stream.ReadExactlyAsync(new byte[(head[0] << 16) | (head[1] << 8) | head[2]]);
        } while (head[3] != (byte)Frame.Reset);
    }

    public void Dispose() => _client.Dispose();

    // A literal that is not indexed, with a name of its own, neither of them by Huffman (RFC 7541, section 6.2.2).
    private static byte[] Field(string name, string value) =>
        [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    private async Task SendAsync(Frame type, byte flags, int stream, byte[] payload)
    {
        var frame = new byte[FrameHead + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = (byte)type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(FrameHead));
        await _stream.WriteAsync(frame);
    }
}

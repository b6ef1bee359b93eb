using System.Globalization;
using System.Net.Sockets;

namespace Remanso.Server.Tests.Fuzz;

/// <summary>One HTTP/1.1 connection that sends what it is given, and reads one answer.</summary>
internal sealed class FuzzConnection : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly TcpClient _client = new() { NoDelay = true };
    private byte[] _buffer = new byte[64 << 10];
    private int _length;

    public static async Task<FuzzConnection> OpenAsync(Uri address)
    {
        var connection = new FuzzConnection();
        await connection._client.ConnectAsync(address.Host, address.Port);
        return connection;
    }

    /// <summary>Sends a request in a few parts, and reads its answer to the end.</summary>
    public async Task<FuzzedAnswer> AskAsync(FuzzedRequest request, Random random)
    {
        using var patience = new CancellationTokenSource(_patience, TimeProvider.System);
        var stream = _client.GetStream();
        var at = random.Next(4) == 0 ? random.Next(request.Bytes.Length) : request.Bytes.Length;
        await stream.WriteAsync(request.Bytes.AsMemory(0, at), patience.Token);
        try
        {
            await stream.WriteAsync(request.Bytes.AsMemory(at), patience.Token);
        }
        catch (IOException)
        {
            // Refused before all of it was sent; the answer is there.
        }

        return await ReadAsync(stream, request.Method == "HEAD", patience.Token);
    }

    public void Dispose() => _client.Dispose();

    private async Task<FuzzedAnswer> ReadAsync(NetworkStream stream, bool isHead, CancellationToken cancellationToken)
    {
        int end;
        while ((end = _buffer.AsSpan(0, _length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            await FillAsync(stream, cancellationToken);
        }

        var head = Encoding.Latin1.GetString(_buffer, 0, end);
        Take(end + 4);
        var status = int.Parse(head.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture);
        var body =
            isHead || status is 204 or 304 ? string.Empty
            : Field(head, "Transfer-Encoding") is not null ? await ReadChunksAsync(stream, cancellationToken)
            : Encoding.UTF8.GetString(
                await ReadBytesAsync(
                    stream,
                    int.Parse(Field(head, "Content-Length") ?? "0", CultureInfo.InvariantCulture),
                    cancellationToken
                )
            );
        return new FuzzedAnswer(status, Field(head, "ETag"), head, body);
    }

    private async Task<string> ReadChunksAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var body = new StringBuilder();
        while (true)
        {
            int end;
            while ((end = _buffer.AsSpan(0, _length).IndexOf("\r\n"u8)) < 0)
            {
                await FillAsync(stream, cancellationToken);
            }

            var size = int.Parse(Encoding.ASCII.GetString(_buffer, 0, end), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            Take(end + 2);
            body.Append(Encoding.UTF8.GetString(await ReadBytesAsync(stream, size, cancellationToken)));
            await ReadBytesAsync(stream, 2, cancellationToken);
            if (size == 0)
            {
                return body.ToString();
            }
        }
    }

    private async Task<byte[]> ReadBytesAsync(NetworkStream stream, int count, CancellationToken cancellationToken)
    {
        while (_length < count)
        {
            await FillAsync(stream, cancellationToken);
        }

        var bytes = _buffer[..count];
        Take(count);
        return bytes;
    }

    private async Task FillAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        if (_length == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_length), cancellationToken);
        _length += read > 0 ? read : throw new IOException("The connection ended within an answer.");
    }

    private void Take(int count)
    {
        _buffer.AsSpan(count, _length - count).CopyTo(_buffer);
        _length -= count;
    }

    private static string? Field(string head, string name)
    {
        foreach (var line in head.Split("\r\n"))
        {
            if (line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            {
                return line[(name.Length + 1)..].Trim();
            }
        }

        return null;
    }
}

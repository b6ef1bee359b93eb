using System.Buffers;
using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Remanso.Torture.Tests.Load;

/// <summary>One HTTP/1.1 connection that sends <c>entries:batch-set</c> as fast as a loop can. An HTTP library would
/// be most of the load's own cost, and the machine is shared with what is tested.</summary>
internal sealed class BatchConnection(int port) : IDisposable
{
    private const int Ok = 200;

    private readonly ArrayBufferWriter<byte> _body = new();
    private readonly ArrayBufferWriter<byte> _request = new();
    private byte[] _reply = new byte[64 << 10];
    private TcpClient? _client;

    /// <summary>Sends a batch.</summary>
    /// <param name="writes">The writes.</param>
    /// <param name="versions">Is filled with the version of each write that was acknowledged, and 0 for each that was
    /// refused for now.</param>
    /// <returns>The status of the call.</returns>
    /// <exception cref="IOException">The server closed the connection.</exception>
    public async Task<int> SetAsync(ReadOnlyMemory<NumberedWrite> writes, Memory<long> versions)
    {
        _client ??= await ConnectAsync();
        Compose(writes.Span);
        var stream = _client.GetStream();
        await stream.WriteAsync(_request.WrittenMemory);
        var (status, body) = await ReadReplyAsync(stream);
        if (status == Ok)
        {
            ReadVersions(_reply.AsSpan(body), versions.Span);
        }

        return status;
    }

    public void Dispose() => _client?.Dispose();

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port);
        return client;
    }

    private void Compose(ReadOnlySpan<NumberedWrite> writes)
    {
        _body.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_body))
        {
            json.WriteStartArray();
            foreach (var write in writes)
            {
                json.WriteStartObject();
                json.WriteString("key"u8, NumberedWrite.NameOf(write.Key));
                json.WriteString("value"u8, NumberedWrite.ValueOf(write.Number));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        _request.ResetWrittenCount();
        _request.Write(
            Encoding.ASCII.GetBytes(
                $"POST /v1/caches/default/entries:batch-set HTTP/1.1\r\nHost: localhost\r\nContent-Length: {_body.WrittenCount}\r\n\r\n"
            )
        );
        _request.Write(_body.WrittenSpan);
    }

    private async Task<(int Status, Range Body)> ReadReplyAsync(NetworkStream stream)
    {
        var received = 0;
        var end = int.MaxValue;
        var start = -1;
        while (received < end)
        {
            if (received == _reply.Length)
            {
                Array.Resize(ref _reply, 2 * _reply.Length);
            }

            var count = await stream.ReadAsync(_reply.AsMemory(received));
            received += count > 0 ? count : throw new IOException("The server closed the connection.");
            if (start < 0 && _reply.AsSpan(0, received).IndexOf("\r\n\r\n"u8) is >= 0 and var headers)
            {
                start = headers + 4;
                end = start + ContentLength(_reply.AsSpan(0, start));
            }
        }

        return Utf8Parser.TryParse(_reply.AsSpan("HTTP/1.1 ".Length), out int status, out _)
            ? (status, start..end)
            : throw new InvalidDataException("The reply has no status.");
    }

    private static int ContentLength(ReadOnlySpan<byte> headers)
    {
        var name = "\r\nContent-Length: "u8;
        var at = headers.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(headers[(at + name.Length)..], out int length, out _)
            ? length
            : throw new InvalidDataException("The reply has no length: " + Encoding.ASCII.GetString(headers));
    }

    private static void ReadVersions(ReadOnlySpan<byte> json, Span<long> versions)
    {
        var reader = new Utf8JsonReader(json);
        var (i, status, version) = (0, 0, 0L);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                versions[i++] = status switch
                {
                    202 => version,
                    503 => 0,
                    _ => throw new InvalidDataException($"A write was answered with {status}: {Encoding.UTF8.GetString(json)}"),
                };
            }
            else if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("status"u8))
            {
                reader.Read();
                status = reader.GetInt32();
            }
            else if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("version"u8))
            {
                reader.Read();
                version = reader.GetInt64();
            }
        }

        if (i != versions.Length)
        {
            throw new InvalidDataException($"{versions.Length} writes got {i} answers.");
        }
    }
}

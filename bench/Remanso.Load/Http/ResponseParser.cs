using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Remanso.Load.Http;

/// <summary>
/// As much of HTTP/1.1 (RFC 9112) as a well-behaved server's answers to GET, POST and PUT need: status, Content-Length
/// or chunks, nothing else.
/// </summary>
internal static class ResponseParser
{
    /// <summary>Reads an answer that begins at the buffer's start.</summary>
    /// <returns>Whether the answer is complete; if not, more bytes are needed.</returns>
    /// <exception cref="InvalidDataException">It is no answer that this reader understands.</exception>
    public static bool TryParse(ReadOnlySpan<byte> buffer, out Response response)
    {
        response = default;
        var headLength = buffer.IndexOf("\r\n\r\n"u8) + 4;
        if (headLength < 4)
        {
            return false;
        }

        var head = buffer[..(headLength - 2)];
        if (!head.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(head[9..], out int status, out var digits) || digits != 3)
        {
            throw new InvalidDataException("The server's answer is not HTTP/1.1.");
        }

        if (TryGetHeader(head, "Content-Length"u8, out var length))
        {
            if (!Utf8Parser.TryParse(length, out int bodyLength, out _))
            {
                throw new InvalidDataException($"Content-Length is '{Encoding.ASCII.GetString(length)}'.");
            }

            response = new Response(status, headLength, bodyLength, headLength + bodyLength);
            return buffer.Length >= response.TotalLength;
        }

        if (TryGetHeader(head, "Transfer-Encoding"u8, out _))
        {
            return TryParseChunks(buffer, status, headLength, out response);
        }

        response = status is 204 or 304
            ? new Response(status, headLength, 0, headLength)
            : throw new InvalidDataException("The answer has neither Content-Length nor chunks, so its end can't be told.");
        return true;
    }

    /// <summary>Finds a header's value in the lines after the status line.</summary>
    public static bool TryGetHeader(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        while (true)
        {
            var line = head.IndexOf("\r\n"u8) + 2;
            if (line < 2 || line >= head.Length)
            {
                value = default;
                return false;
            }

            head = head[line..];
            if (head.Length > name.Length && head[name.Length] == ':' && Ascii.EqualsIgnoreCase(head[..name.Length], name))
            {
                value = head[(name.Length + 1)..];
                value = value[..value.IndexOf("\r\n"u8)].Trim((byte)' ');
                return true;
            }
        }
    }

    private static bool TryParseChunks(ReadOnlySpan<byte> buffer, int status, int headLength, out Response response)
    {
        response = default;
        var at = headLength;
        var bodyLength = 0;
        while (true)
        {
            var sizeLength = buffer[at..].IndexOf("\r\n"u8);
            if (sizeLength < 0)
            {
                return false;
            }

            if (!int.TryParse(buffer.Slice(at, sizeLength), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size))
            {
                throw new InvalidDataException("A chunk's size can't be read.");
            }

            at += sizeLength + 2 + size + 2;
            if (at > buffer.Length)
            {
                return false;
            }

            bodyLength += size;
            if (size == 0)
            {
                response = new Response(status, headLength, bodyLength, at);
                return true;
            }
        }
    }
}

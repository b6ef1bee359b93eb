using System.Text;

namespace Remanso.Load.Http;

/// <summary>
/// A request encoded once, in which only the digits of the key change: keys have a fixed width, so a request is ready to
/// be sent after a few bytes are written, whatever its size. Belongs to one connection, and to one request at a time.
/// </summary>
internal sealed class RequestTemplate
{
    private const string Hole = "{key}";
    private const string KeyPrefix = "load-";
    private const int KeyDigits = 8;

    private readonly byte[] _bytes;
    private readonly int[] _holes;

    private RequestTemplate(string text)
    {
        var blank = KeyPrefix + new string('0', KeyDigits);
        var holes = new List<int>();
        for (var at = text.IndexOf(Hole, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Hole, StringComparison.Ordinal))
        {
            holes.Add(at + KeyPrefix.Length);
            text = text.Remove(at, Hole.Length).Insert(at, blank);
        }

        _bytes = Encoding.ASCII.GetBytes(text);
        _holes = [.. holes];
    }

    public static RequestTemplate Get(Uri url, string path, string? key = null) => new($"GET {path} HTTP/1.1\r\n{Head(url, key)}\r\n");

    /// <summary>PUT of the raw value where the path names the key, POST of both as JSON where it doesn't.</summary>
    public static RequestTemplate Set(Uri url, string path, int valueBytes, string? key = null)
    {
        var value = new string('v', valueBytes);
        return path.Contains(Hole, StringComparison.Ordinal)
            ? new($"PUT {path} HTTP/1.1\r\n{BodyHead(url, key, "text/plain; charset=utf-8", valueBytes)}{value}")
            : new(
                $"POST {path} HTTP/1.1\r\n{BodyHead(url, key, "application/json", JsonLength(valueBytes))}"
                    + $$"""{"key":"{key}","value":"{{value}}"}"""
            );
    }

    /// <summary>The request for a key; valid until the next one is asked for.</summary>
    public ReadOnlyMemory<byte> For(int key)
    {
        foreach (var hole in _holes)
        {
            var rest = key;
            for (var at = hole + KeyDigits - 1; at >= hole; at--)
            {
                _bytes[at] = (byte)('0' + (rest % 10));
                rest /= 10;
            }
        }

        return _bytes;
    }

    private static string Head(Uri url, string? key) =>
        $"Host: {url.Authority}\r\n{(key is null ? string.Empty : $"Authorization: Bearer {key}\r\n")}";

    private static string BodyHead(Uri url, string? key, string contentType, int length) =>
        $"{Head(url, key)}Content-Type: {contentType}\r\nContent-Length: {length}\r\n\r\n";

    private static int JsonLength(int valueBytes) => """{"key":"","value":""}""".Length + KeyPrefix.Length + KeyDigits + valueBytes;
}

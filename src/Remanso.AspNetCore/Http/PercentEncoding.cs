using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Remanso.AspNetCore.Http;

/// <summary>Decodes a part of the request target (RFC 3986, section 2.1), each escape exactly once.</summary>
internal static class PercentEncoding
{
    public static string Decode(ReadOnlySpan<char> escaped)
    {
        if (!escaped.Contains('%'))
        {
            return escaped.ToString();
        }

        var rented = ArrayPool<byte>.Shared.Rent(escaped.Length);
        try
        {
            var length = 0;
            for (var at = 0; at < escaped.Length; at++)
            {
                rented[length++] = escaped[at] == '%' ? TakeEscape(escaped, ref at) : (byte)escaped[at];
            }

            var bytes = rented.AsSpan(0, length);
            return Utf8.IsValid(bytes)
                ? Encoding.UTF8.GetString(bytes)
                : throw Problems.BadRequest("The path has escapes that are not valid UTF-8.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static byte TakeEscape(ReadOnlySpan<char> escaped, ref int at)
    {
        if (at + 2 >= escaped.Length || !char.IsAsciiHexDigit(escaped[at + 1]) || !char.IsAsciiHexDigit(escaped[at + 2]))
        {
            throw Problems.BadRequest("The path has a '%' that two hexadecimal digits do not follow; '%' itself is written %25.");
        }

        var value = Convert.FromHexString(escaped.Slice(at + 1, 2))[0];
        at += 2;
        return value;
    }
}

using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Remanso.AspNetCore.Http;

/// <summary>Decodes a part of the request target (RFC 3986, section 2.1), each escape exactly once.</summary>
internal static class PercentEncoding
{
    /// <param name="escaped">The part.</param>
    /// <param name="parameter">Of which parameter of the query it is the value; null for the path.</param>
    /// <exception cref="ProblemException">An escape is broken, or the bytes are no UTF-8.</exception>
    public static string Decode(ReadOnlySpan<char> escaped, string? parameter = null)
    {
        if (!escaped.Contains('%'))
        {
            return escaped.ToString();
        }

        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(escaped.Length));
        try
        {
            var length = 0;
            while (!escaped.IsEmpty)
            {
                if (escaped[0] == '%')
                {
                    rented[length++] = TakeEscape(ref escaped, parameter);
                    continue;
                }

                var plain = escaped.IndexOf('%') is >= 0 and var next ? escaped[..next] : escaped;
                length += Encoding.UTF8.GetBytes(plain, rented.AsSpan(length));
                escaped = escaped[plain.Length..];
            }

            var bytes = rented.AsSpan(0, length);
            return Utf8.IsValid(bytes)
                ? Encoding.UTF8.GetString(bytes)
                : throw Problems.BadRequest($"{NameOf(parameter)} has escapes that are not valid UTF-8.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static byte TakeEscape(ref ReadOnlySpan<char> escaped, string? parameter)
    {
        if (escaped.Length < 3 || !char.IsAsciiHexDigit(escaped[1]) || !char.IsAsciiHexDigit(escaped[2]))
        {
            throw Problems.BadRequest(
                $"{NameOf(parameter)} has a '%' that two hexadecimal digits do not follow; '%' itself is written %25."
            );
        }

        var value = Convert.FromHexString(escaped.Slice(1, 2))[0];
        escaped = escaped[3..];
        return value;
    }

    private static string NameOf(string? parameter) => parameter is null ? "The path" : $"The parameter {parameter}";
}

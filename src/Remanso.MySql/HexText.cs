using System.Globalization;
using System.Text;

namespace Remanso.MySql;

// Measured with MySql.Data and batches of 1,000 rows of 200 bytes, this takes about half the time of a parameter for
// each column.

/// <summary>Writes bytes into a statement as <c>x'…'</c>: exact whatever character set and <c>sql_mode</c> the session
/// has, and nothing to escape.</summary>
internal static class HexText
{
    private const int Chunk = 256;

    /// <summary>The length of a text as a literal, at most.</summary>
    public static int Length(string text) => Length(Encoding.UTF8.GetMaxByteCount(text.Length));

    /// <summary>The length of some bytes as a literal.</summary>
    public static int Length(int bytes) => checked((2 * bytes) + 3);

    public static string Of(string text) => new StringBuilder().AppendHex(text).ToString();

    public static StringBuilder AppendHex(this StringBuilder sql, string text) => sql.AppendHex(Encoding.UTF8.GetBytes(text));

    public static StringBuilder AppendHex(this StringBuilder sql, ReadOnlySpan<byte> bytes)
    {
        Span<char> digits = stackalloc char[2 * Chunk];
        sql.Append("x'");
        while (!bytes.IsEmpty)
        {
            var part = bytes[..Math.Min(Chunk, bytes.Length)];
            Convert.TryToHexString(part, digits, out var written);
            sql.Append(digits[..written]);
            bytes = bytes[part.Length..];
        }

        return sql.Append('\'');
    }

    public static StringBuilder AppendNumber(this StringBuilder sql, long number) => sql.Append(CultureInfo.InvariantCulture, $"{number}");
}

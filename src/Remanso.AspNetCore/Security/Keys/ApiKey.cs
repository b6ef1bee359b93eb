using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Remanso.AspNetCore.Security.Keys;

/// <summary>
/// The text of a key: <c>rmk_ID_SECRET_CHECKSUM</c>. The form is fixed so that scanners of repositories and logs find it; the
/// checksum tells
/// a mistyped key from a wrong one without a look at any file.
/// </summary>
internal static class ApiKey
{
    public const string Prefix = "rmk_";

    /// <summary>The characters of an identifier.</summary>
    public const int IdLength = 10;

    private const int SecretBytes = 32;
    private const int SecretLength = 52;
    private const int ChecksumLength = 8;
    private const int SecretAt = 4 + IdLength + 1;
    private const int ChecksumAt = SecretAt + SecretLength + 1;

    /// <summary>The characters of a whole key.</summary>
    public const int Length = ChecksumAt + ChecksumLength;

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private static readonly SearchValues<char> _alphabet = SearchValues.Create(Alphabet);
    private static readonly SearchValues<char> _hex = SearchValues.Create("0123456789abcdef");

    /// <summary>Makes a new key.</summary>
    public static string Create()
    {
        Span<char> text = stackalloc char[Length];
        Prefix.CopyTo(text);
        RandomNumberGenerator.GetItems(Alphabet, text.Slice(4, IdLength));
        text[SecretAt - 1] = '_';
        Encode(RandomNumberGenerator.GetBytes(SecretBytes), text.Slice(SecretAt, SecretLength));
        text[ChecksumAt - 1] = '_';
        WriteChecksum(text[..(ChecksumAt - 1)], text[ChecksumAt..]);
        return text.ToString();
    }

    /// <summary>Whether a text has the form of a key, whatever its checksum says.</summary>
    public static bool HasForm(ReadOnlySpan<char> text) =>
        text.Length == Length
        && text.StartsWith(Prefix, StringComparison.Ordinal)
        && text[SecretAt - 1] == '_'
        && text[ChecksumAt - 1] == '_'
        && IsId(IdOf(text))
        && !text.Slice(SecretAt, SecretLength).ContainsAnyExcept(_alphabet)
        && !text[ChecksumAt..].ContainsAnyExcept(_hex);

    /// <summary>Whether the checksum is that of the rest: a key copied as a whole has it.</summary>
    public static bool HasChecksum(ReadOnlySpan<char> text)
    {
        Span<char> checksum = stackalloc char[ChecksumLength];
        WriteChecksum(text[..(ChecksumAt - 1)], checksum);
        return text[ChecksumAt..].SequenceEqual(checksum);
    }

    /// <summary>Whether a text can be an identifier.</summary>
    public static bool IsId(ReadOnlySpan<char> text) => text.Length == IdLength && !text.ContainsAnyExcept(_alphabet);

    /// <summary>The identifier of a text that has the form of a key; no secret.</summary>
    public static ReadOnlySpan<char> IdOf(ReadOnlySpan<char> text) => text.Slice(4, IdLength);

    /// <summary>The SHA-256 of a text that has the form of a key: all that is kept of it. 256 random bits need no slow hash.</summary>
    public static void Hash(ReadOnlySpan<char> text, Span<byte> hash)
    {
        Span<byte> ascii = stackalloc byte[Length];
        SHA256.HashData(ascii[..Encoding.ASCII.GetBytes(text, ascii)], hash);
    }

    private static void WriteChecksum(ReadOnlySpan<char> text, Span<char> checksum)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(text, hash);
        Convert.TryToHexStringLower(hash[..(ChecksumLength / 2)], checksum, out _);
    }

    // RFC 4648, section 6, in lower case and without padding.
    private static void Encode(ReadOnlySpan<byte> bytes, Span<char> text)
    {
        int buffer = 0,
            bits = 0,
            at = 0;
        foreach (var value in bytes)
        {
            buffer = (buffer << 8) | value;
            for (bits += 8; bits >= 5; bits -= 5)
            {
                text[at++] = Alphabet[(buffer >> (bits - 5)) & 31];
            }

            buffer &= (1 << bits) - 1;
        }

        text[at] = Alphabet[(buffer << (5 - bits)) & 31];
    }
}

using System.Text;

namespace Remanso.Entries;

/// <summary>What a key may be, once encoded as a string.</summary>
internal static class CacheKey
{
    /// <summary>The longest key, in bytes of UTF-8.</summary>
    public const int MaxBytes = 1024;

    /// <summary>Whether <see cref="Validate"/> accepts the key.</summary>
    public static bool IsValid(string? key)
    {
        try
        {
            Validate(key);
            return true;
        }
        catch (InvalidKeyException)
        {
            return false;
        }
    }

    /// <summary>Checks a key.</summary>
    /// <exception cref="InvalidKeyException">It is empty, too long, not valid Unicode, or has control characters
    /// (U+0000 to U+001F, U+007F to U+009F).</exception>
    public static void Validate(string? key)
    {
        if (string.IsNullOrEmpty(key))
        {
            throw new InvalidKeyException("The key is empty.");
        }

        var bytes = 0;
        var rest = key.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var consumed) != System.Buffers.OperationStatus.Done)
            {
                throw new InvalidKeyException("The key is not valid Unicode: it has a lone surrogate.");
            }

            if (Rune.IsControl(rune))
            {
                throw new InvalidKeyException($"The key has the control character U+{rune.Value:X4}.");
            }

            bytes += rune.Utf8SequenceLength;
            rest = rest[consumed..];
        }

        if (bytes > MaxBytes)
        {
            throw new InvalidKeyException($"The key has {bytes} bytes of UTF-8; the limit is {MaxBytes}.");
        }
    }

    /// <summary>The keys as strings, each of them valid.</summary>
    internal static string[] EncodeMany<TKey>(IKeyCodec<TKey> codec, IReadOnlyCollection<TKey> keys, CancellationToken cancellationToken)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(keys);
        cancellationToken.ThrowIfCancellationRequested();
        var encoded = keys.Select(codec.Encode).ToArray();
        Array.ForEach(encoded, Validate);
        return encoded;
    }
}

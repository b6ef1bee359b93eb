using System.Diagnostics.CodeAnalysis;

namespace Remanso.Entries;

/// <summary>What is done with any codec.</summary>
internal static class KeyCodecExtensions
{
    /// <summary>Decodes a key that others may have written: one of another type is no key here, whatever the codec says of it.</summary>
    public static bool TryDecode<TKey>(this IKeyCodec<TKey> codec, string text, [MaybeNullWhen(false)] out TKey key)
        where TKey : notnull
    {
        try
        {
            key = codec.Decode(text);
            return true;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            key = default;
            return false;
        }
    }
}

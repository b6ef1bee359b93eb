namespace Remanso;

/// <summary>Turns keys into the strings under which tier and store keep them, and back; two different keys have two
/// different strings.</summary>
/// <typeparam name="TKey">The key.</typeparam>
public interface IKeyCodec<TKey>
{
    /// <summary>Whether keys can be compared in the place of their strings: equal keys have equal strings, and
    /// <see cref="Decode"/> gives back a key that equals the one encoded. A hit in the near cache then encodes nothing.
    /// False unless the codec says so: of the codecs that come with the library, those of strings, integers and Guid
    /// do.
    /// </summary>
    bool IsExact => false;

    /// <summary>The string of a key.</summary>
    string Encode(TKey key);

    /// <summary>The key of a string.</summary>
    /// <exception cref="FormatException">The string is no key of this type.</exception>
    TKey Decode(string key);
}

namespace Remanso.Entries;

/// <summary>Turns keys into the strings under which tier and store keep them, and back; two different keys have two different strings.</summary>
/// <typeparam name="TKey">The key.</typeparam>
public interface IKeyCodec<TKey>
{
    /// <summary>The string of a key.</summary>
    string Encode(TKey key);

    /// <summary>The key of a string.</summary>
    /// <exception cref="FormatException">The string is no key of this type.</exception>
    TKey Decode(string key);
}

using Remanso.Entries;

namespace Remanso;

/// <summary>Turns values into bytes and back. Implementations are stateless and may be called concurrently.</summary>
/// <typeparam name="TValue">The value.</typeparam>
public interface IValueCodec<TValue>
{
    /// <summary>The media type of the encoded form (RFC 9110).</summary>
    string ContentType { get; }

    /// <summary>Encodes a value; the result must not change afterwards.</summary>
    ReadOnlyMemory<byte> Encode(TValue value);

    /// <summary>Decodes a value.</summary>
    /// <exception cref="FormatException">The bytes are not a value of this type.</exception>
    TValue Decode(ReadOnlyMemory<byte> bytes);
}

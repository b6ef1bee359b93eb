using System.Text;
using System.Text.Json;

namespace Remanso.Entries;

/// <summary>The value codecs that come with the library.</summary>
public static class ValueCodec
{
    /// <summary>
    /// The codec of bytes (<see cref="ReadOnlyMemory{T}"/> without a copy, <c>byte[]</c> with a defensive one), strings (UTF-8) and, for any other type, JSON.
    /// </summary>
    /// <param name="json">The JSON options; the web defaults where null.</param>
    public static IValueCodec<TValue> For<TValue>(JsonSerializerOptions? json = null)
    {
        if (typeof(TValue) == typeof(ReadOnlyMemory<byte>))
        {
            return (IValueCodec<TValue>)(object)new MemoryCodec();
        }

        if (typeof(TValue) == typeof(byte[]))
        {
            return (IValueCodec<TValue>)(object)new ArrayCodec();
        }

        if (typeof(TValue) == typeof(string))
        {
            return (IValueCodec<TValue>)(object)new StringCodec();
        }

        return new JsonCodec<TValue>(json ?? JsonSerializerOptions.Web);
    }

    /// <summary>The media type of a value that a merge makes: the codec's, but JSON is no text and no bytes.</summary>
    internal static string MergedType(string codecs, Merge merge) =>
        merge.IsJson && !codecs.Contains("json", StringComparison.OrdinalIgnoreCase) ? "application/json" : codecs;

    private sealed class MemoryCodec : IValueCodec<ReadOnlyMemory<byte>>
    {
        public string ContentType => "application/octet-stream";

        public ReadOnlyMemory<byte> Encode(ReadOnlyMemory<byte> value) => value;

        public ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> bytes) => bytes;
    }

    private sealed class ArrayCodec : IValueCodec<byte[]>
    {
        public string ContentType => "application/octet-stream";

        public ReadOnlyMemory<byte> Encode(byte[] value) => (byte[])value.Clone();

        public byte[] Decode(ReadOnlyMemory<byte> bytes) => bytes.ToArray();
    }

    private sealed class StringCodec : IValueCodec<string>
    {
        public string ContentType => "text/plain; charset=utf-8";

        public ReadOnlyMemory<byte> Encode(string value) => Encoding.UTF8.GetBytes(value);

        public string Decode(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
    }

    private sealed class JsonCodec<TDocument>(JsonSerializerOptions options) : IValueCodec<TDocument>
    {
        public string ContentType => "application/json";

        public ReadOnlyMemory<byte> Encode(TDocument value) => JsonSerializer.SerializeToUtf8Bytes(value, options);

        public TDocument Decode(ReadOnlyMemory<byte> bytes)
        {
            try
            {
                return JsonSerializer.Deserialize<TDocument>(bytes.Span, options)!;
            }
            catch (JsonException exception)
            {
                throw new FormatException($"The stored bytes are no JSON of {typeof(TDocument)}: {exception.Message}", exception);
            }
        }
    }
}

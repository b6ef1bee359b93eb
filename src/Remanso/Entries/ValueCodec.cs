using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Remanso.Entries;

namespace Remanso;

/// <summary>The value codecs that come with the library.</summary>
public static class ValueCodec
{
    // A tuple has nothing but fields.
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { IncludeFields = true };

    private static readonly UTF8Encoding _text = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The codec of bytes (<see cref="ReadOnlyMemory{T}"/> without a copy, <c>byte[]</c> with a defensive
    /// one), strings (UTF-8) and, for any other type, JSON. A cache whose values would not come back from JSON as they
    /// went in is refused at its start, with the member that would be lost.</summary>
    /// <param name="json">The JSON options; where null, the web defaults, with public fields.</param>
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

        return new JsonCodec<TValue>(json ?? _json);
    }

    /// <summary>The media type of a value that a merge makes: the codec's, but JSON is no text and no bytes.</summary>
    internal static string MergedType(string codecs, Merge merge) =>
        merge.IsJson && !codecs.Contains("json", StringComparison.OrdinalIgnoreCase) ? "application/json" : codecs;

    private sealed class MemoryCodec : IValueCodec<ReadOnlyMemory<byte>>, IInfallibleCodec
    {
        public string ContentType => "application/octet-stream";

        public ReadOnlyMemory<byte> Encode(ReadOnlyMemory<byte> value) => value;

        public ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> bytes) => bytes;
    }

    private sealed class ArrayCodec : IValueCodec<byte[]>, IInfallibleCodec
    {
        public string ContentType => "application/octet-stream";

        public ReadOnlyMemory<byte> Encode(byte[] value) => (byte[])value.Clone();

        public byte[] Decode(ReadOnlyMemory<byte> bytes) => bytes.ToArray();
    }

    private sealed class StringCodec : IValueCodec<string>
    {
        public string ContentType => "text/plain; charset=utf-8";

        // What is no Unicode text would come back as another one.
        public ReadOnlyMemory<byte> Encode(string value)
        {
            try
            {
                return _text.GetBytes(value);
            }
            catch (EncoderFallbackException exception)
            {
                throw new ArgumentException("The value is not valid Unicode: it has a lone surrogate.", nameof(value), exception);
            }
        }

        public string Decode(ReadOnlyMemory<byte> bytes)
        {
            try
            {
                return _text.GetString(bytes.Span);
            }
            catch (DecoderFallbackException exception)
            {
                throw new FormatException("The stored bytes are no text in UTF-8.", exception);
            }
        }
    }

    private sealed class JsonCodec<TDocument>(JsonSerializerOptions options) : IValueCodec<TDocument>, ICheckedCodec, IPatchCodec
    {
        private readonly JsonValueCheck<TDocument> _check = new(options);
        private JsonTypeInfo<TDocument>? _info;

        // At the first use, and not before: options may be completed after the cache was declared.
        private JsonTypeInfo<TDocument> Info => _info ??= JsonTypes.Of<TDocument>(options);

        public string? Problem => JsonRoundTrip.Problem(typeof(TDocument), options);

        public string ContentType => "application/json";

        public string? PatchProblem(string key, JsonElement patch) => PatchCheck.Problem(patch, typeof(TDocument), options);

        [RequiresUnreferencedCode(IPatchWriter.Reflects)]
        [RequiresDynamicCode(IPatchWriter.Reflects)]
        public ReadOnlyMemory<byte> WritePatch(object patch) => JsonTypes.WritePatch(patch, options);

        public ReadOnlyMemory<byte> Encode(TDocument value)
        {
            var info = Info;
            var encoded = JsonSerializer.SerializeToUtf8Bytes(value, info);
            return _check.Problem(value, info, encoded) is { } problem
                ? throw new ArgumentException($"{problem} {JsonRoundTrip.Remedy}", nameof(value))
                : encoded;
        }

        public TDocument Decode(ReadOnlyMemory<byte> bytes)
        {
            try
            {
                return JsonSerializer.Deserialize(bytes.Span, Info)
                    ?? throw new FormatException($"The stored bytes are null, which is no {typeof(TDocument)}.");
            }
            catch (JsonException exception)
            {
                throw new FormatException($"The stored bytes are no JSON of {typeof(TDocument)}: {exception.Message}", exception);
            }
        }
    }
}

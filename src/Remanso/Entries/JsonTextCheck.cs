using System.Text.Json;
using System.Text.Json.Serialization;

namespace Remanso.Entries;

// The writer puts U+FFFD in the place of a lone surrogate. So what has none of that is whole, and all that a value
// costs is one search in its bytes. Where it is found the value is written again by converters that refuse.

/// <summary>Whether text lost something when it was written as JSON. Trusted: converters of the application for text.</summary>
internal sealed class JsonTextCheck(JsonSerializerOptions options)
{
    private JsonSerializerOptions? _strict;

    /// <summary>The first text that has a lone surrogate, as a path; null where there is none.</summary>
    /// <param name="value">The value.</param>
    /// <param name="type">The type that it was written as.</param>
    /// <param name="encoded">What was written.</param>
    public string? Find<TValue>(TValue value, Type type, ReadOnlySpan<byte> encoded) =>
        // Without an encoder of the options' own, all that is not ASCII is escaped.
        !Has(encoded, "\\uFFFD"u8) && (options.Encoder is null || !Has(encoded, "\uFFFD"u8))
            ? null
            : FindAgain(value, type);

    // One byte is found sooner than six, and most values have not even that one.
    private static bool Has(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> replacement) =>
        encoded.IndexOf(replacement[0]) is >= 0 and var at && encoded[at..].IndexOf(replacement) >= 0;

    private string? FindAgain(object? value, Type type)
    {
        _strict ??= new JsonSerializerOptions(options) { Converters = { new Text(), new Letter() } };
        try
        {
            JsonSerializer.SerializeToUtf8Bytes(value, _strict.GetTypeInfo(type));
            return null;
        }
        catch (JsonException exception) when (exception.InnerException is LoneSurrogateException)
        {
            return exception.Path ?? "$";
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A converter of the application that does not like to be asked twice.
            return null;
        }
    }

    private static void Check(ReadOnlySpan<char> text)
    {
        if (!UnicodeText.IsWhole(text))
        {
            throw new JsonException(null, new LoneSurrogateException());
        }
    }

    private sealed class LoneSurrogateException : Exception;

    private sealed class Text : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
        {
            Check(value);
            writer.WriteStringValue(value);
        }

        public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
        {
            Check(value);
            writer.WritePropertyName(value);
        }
    }

    private sealed class Letter : JsonConverter<char>
    {
        public override char Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString()![0];

        public override void Write(Utf8JsonWriter writer, char value, JsonSerializerOptions options)
        {
            Check([value]);
            writer.WriteStringValue([value]);
        }

        public override void WriteAsPropertyName(Utf8JsonWriter writer, char value, JsonSerializerOptions options)
        {
            Check([value]);
            writer.WritePropertyName([value]);
        }
    }
}

using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Remanso.AspNetCore.Http;

/// <summary>A value inside JSON. A JSON string is stored as its text, so that other readers of the database see the
/// text itself; any other JSON value is stored as it was sent. On the way out JSON is embedded, text becomes a string,
/// and what is neither (or is not what its type says) becomes base64.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct JsonValue(ReadOnlyMemory<byte> Bytes, string ContentType)
{
    /// <summary>How often the bytes of a value are in memory, about, while it is answered inside JSON.</summary>
    public const int Copies = 3;

    /// <summary>Takes the value on which a reader stands; the bytes are copied, for the tier keeps them.</summary>
    /// <param name="reader">The reader; afterwards at the value's end.</param>
    /// <param name="json">All that it reads.</param>
    public static JsonValue Take(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return new JsonValue(TakeText(ref reader), MediaTypes.Text);
        }

        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return new JsonValue(json[start..(int)reader.BytesConsumed].ToArray(), MediaTypes.Json);
    }

    /// <summary>Writes the properties <c>value</c> and, where it is base64, <c>encoding</c>.</summary>
    public static void WriteTo(Utf8JsonWriter writer, ReadOnlySpan<byte> bytes, string? contentType)
    {
        if (contentType is not null && MediaTypes.IsUtf8Text(contentType) && Utf8.IsValid(bytes))
        {
            writer.WriteString("value"u8, bytes);
        }
        else if (contentType is not null && MediaTypes.IsJson(contentType) && IsJsonDocument(bytes))
        {
            writer.WritePropertyName("value"u8);
            writer.WriteRawValue(bytes, skipInputValidation: true);
        }
        else
        {
            writer.WriteBase64String("value"u8, bytes);
            writer.WriteString("encoding"u8, "base64"u8);
        }
    }

    private static byte[] TakeText(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan.ToArray();
        }

        var text = new byte[reader.ValueSpan.Length];
        var length = reader.CopyString(text);
        return text.AsSpan(0, length).ToArray();
    }

    private static bool IsJsonDocument(ReadOnlySpan<byte> bytes)
    {
        if (!Utf8.IsValid(bytes))
        {
            return false;
        }

        var reader = new Utf8JsonReader(bytes, JsonBody.ReaderOptions);
        try
        {
            while (reader.Read()) { }

            return reader.BytesConsumed > 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

using System.Buffers;
using System.Text.Json;

namespace Remanso.Client.Http;

/// <summary>The body of a merge.</summary>
internal static class MergeBody
{
    /// <summary>Of a number.</summary>
    public static byte[] Of(string op, long value) =>
        Write(json =>
        {
            json.WriteString("op"u8, op);
            json.WriteNumber("value"u8, value);
        });

    /// <summary>Of an element for an array.</summary>
    /// <exception cref="ArgumentException">It is no JSON.</exception>
    public static byte[] Of(ReadOnlySpan<byte> element, int? cap)
    {
        ThrowUnlessJson(element, nameof(element));
        var copy = element.ToArray();
        return Write(json =>
        {
            json.WriteString("op"u8, "append"u8);
            json.WritePropertyName("value"u8);
            json.WriteRawValue(copy, skipInputValidation: true);
            if (cap is { } most)
            {
                json.WriteNumber("cap"u8, most);
            }
        });
    }

    /// <exception cref="ArgumentException">It is no JSON.</exception>
    public static void ThrowUnlessJson(ReadOnlySpan<byte> text, string name)
    {
        // What the reader says of it quotes the text.
        if (!IsJson(text))
        {
            throw new ArgumentException("It is no JSON.", name);
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            while (reader.Read())
            {
                // That it can be read is all.
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static byte[] Write(Action<Utf8JsonWriter> properties)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        properties(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}

using System.Text;
using System.Text.Json;

namespace Remanso.Client.Http;

/// <summary>A value as the API writes it into JSON: text as a string, JSON as it is, the rest in base64.</summary>
internal static class SentValue
{
    public static (SentValueKind Kind, ReadOnlyMemory<byte> Bytes) Of(JsonElement value, string? encoding)
    {
        if (value.ValueKind == JsonValueKind.Undefined)
        {
            return (SentValueKind.None, default);
        }

        if (encoding == "base64")
        {
            return (SentValueKind.Bytes, value.GetBytesFromBase64());
        }

        return TextOf(value) is { } text
            ? (SentValueKind.Text, Encoding.UTF8.GetBytes(text))
            : (SentValueKind.Json, Encoding.UTF8.GetBytes(value.GetRawText()));
    }

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // JSON may escape half of a surrogate pair, which no text has.
            return null;
        }
    }
}

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

        return value.ValueKind == JsonValueKind.String
            ? (SentValueKind.Text, Encoding.UTF8.GetBytes(value.GetString()!))
            : (SentValueKind.Json, Encoding.UTF8.GetBytes(value.GetRawText()));
    }
}

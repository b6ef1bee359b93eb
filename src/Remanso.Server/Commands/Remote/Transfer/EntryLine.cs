using System.Text;
using System.Text.Json;
using Remanso.Client;

namespace Remanso.Server.Commands.Remote.Transfer;

/// <summary>An entry as a line of JSON: what <c>get --json</c> and <c>export</c> write and <c>import</c> reads.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value's bytes.</param>
/// <param name="ContentType">Its media type; null for none.</param>
/// <param name="Tags">Its tags.</param>
internal sealed record EntryLine(string Key, ReadOnlyMemory<byte> Value, string? ContentType, IReadOnlyList<string> Tags)
{
    /// <summary>Writes a line of what was read.</summary>
    public static string Of(string key, EntryAnswer answer) =>
        JsonLine.Of(line =>
        {
            line.WriteString("key"u8, key);
            line.WriteValue(answer.Value.Span);
            line.WriteString("contentType"u8, answer.ContentType);
            line.WriteNumber("version"u8, answer.Version);
            if (answer.Tags.Count > 0)
            {
                line.WriteStartArray("tags"u8);
                foreach (var tag in answer.Tags)
                {
                    line.WriteStringValue(tag);
                }

                line.WriteEndArray();
            }
        });

    /// <summary>Reads a line.</summary>
    /// <exception cref="FormatException">What is wrong with it; never with what it holds.</exception>
    public static EntryLine Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var entry = document.RootElement;
            if (entry.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException("it is no JSON object");
            }

            return new EntryLine(
                Text(entry, "key") is { Length: > 0 } key ? key : throw new FormatException("it has no text \"key\""),
                ValueOf(entry),
                Text(entry, "contentType"),
                TagsOf(entry)
            );
        }
        catch (JsonException exception)
        {
            throw new FormatException("it is no JSON", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new FormatException("it has a text with an escaped lone surrogate, which is no Unicode text", exception);
        }
    }

    private static ReadOnlyMemory<byte> ValueOf(JsonElement entry)
    {
        if (!entry.TryGetProperty("value", out var value) || value.ValueKind == JsonValueKind.Null)
        {
            throw new FormatException("it has no \"value\"");
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            throw new FormatException("its \"value\" is no text; JSON stands there as text, with \"contentType\":\"application/json\"");
        }

        return Text(entry, "encoding") switch
        {
            null => Encoding.UTF8.GetBytes(value.GetString()!),
            "base64" => value.TryGetBytesFromBase64(out var bytes) ? bytes : throw new FormatException("its \"value\" is no base64"),
            _ => throw new FormatException("its \"encoding\" is not base64"),
        };
    }

    private static IReadOnlyList<string> TagsOf(JsonElement entry)
    {
        if (!entry.TryGetProperty("tags", out var tags) || tags.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        return tags.ValueKind == JsonValueKind.Array && tags.EnumerateArray().All(static tag => tag.ValueKind == JsonValueKind.String)
            ? [.. tags.EnumerateArray().Select(static tag => tag.GetString()!)]
            : throw new FormatException("its \"tags\" are no array of texts");
    }

    private static string? Text(JsonElement entry, string name)
    {
        if (!entry.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw new FormatException($"its \"{name}\" is no text");
    }
}

using System.Buffers;
using System.Text;
using System.Text.Json;
using Remanso.AspNetCore.Http;
using Remanso.Fuzz.Engine;

namespace Remanso.Fuzz.Targets;

/// <summary>A value of any bytes and any media type inside a JSON answer: the answer is JSON, and the value can be told from it. The media
/// type ends at the first line feed.</summary>
internal static class JsonAnswerTarget
{
    public static FuzzTarget Target { get; } =
        new("json-answer", Run)
        {
            Words =
            [
                "application/json\n",
                "text/plain\n",
                "text/plain; charset=utf-8\n",
                "charset=\"utf-8\"",
                "{\"a\":1}",
                "[]",
                "null",
                "é",
                "\\u0000",
                "1e999",
                "//",
            ],
        };

    private static void Run(byte[] input)
    {
        var end = input.AsSpan().IndexOf((byte)'\n');
        var type = end < 0 ? null : Encoding.UTF8.GetString(input.AsSpan(0, end));
        var value = input[(end + 1)..];
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, JsonBuffer.Options))
        {
            writer.WriteStartObject();
            JsonValue.WriteTo(writer, value, type);
            writer.WriteEndObject();
        }

        // An embedded value lies a level deeper than it was checked for.
        using var answer = JsonDocument.Parse(output.WrittenMemory, new JsonDocumentOptions { MaxDepth = 65 });
        var told = answer.RootElement.GetProperty("value");
        byte[] bytes =
            answer.RootElement.TryGetProperty("encoding", out _) ? told.GetBytesFromBase64()
            : told.ValueKind == JsonValueKind.String && !MediaTypes.IsJson(type!) ? Encoding.UTF8.GetBytes(told.GetString()!)
            : Encoding.UTF8.GetBytes(told.GetRawText());
        var trimmed = bytes.AsSpan().Trim(" \t\r\n"u8);
        WrongAnswerException.Unless(trimmed.SequenceEqual(value.AsSpan().Trim(" \t\r\n"u8)), "another value");
    }
}

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Remanso.Client.Http;

/// <summary>The bodies and answers of <c>entries:batch-get</c> and <c>entries:batch-set</c>.</summary>
internal static class BatchCalls
{
    /// <summary>What one call takes at most.</summary>
    public const int Most = 10_000;

    private static readonly JsonWriterOptions _writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static BatchReadAnswer AnswerOf(BatchReadReply reply)
    {
        var isFound = reply.Status == 200;
        var (kind, bytes) = isFound ? SentValue.Of(reply.Value, reply.Encoding) : default;
        return new BatchReadAnswer
        {
            Key = reply.Key,
            Status = reply.Status,
            Kind = kind,
            Value = bytes,
            Version = reply.Version,
            IsLoaded = reply.Source == "db",
            Error = reply.Error,
            Code = ApiErrors.CodeOf(reply.Type),
            RetryAfter = ApiFields.RetryAfterOf(reply.RetryAfter),
        };
    }

    public static BatchWriteAnswer AnswerOf(BatchWriteReply reply) =>
        new(reply.Key, reply.Status, reply.Version, reply.Error)
        {
            Code = ApiErrors.CodeOf(reply.Type),
            RetryAfter = ApiFields.RetryAfterOf(reply.RetryAfter),
            AcceptedDespiteError = reply.Accepted,
        };

    /// <exception cref="ArgumentException">An entry can't be sent; the message has its place.</exception>
    public static ReadOnlyMemory<byte> BodyOf(IReadOnlyCollection<BatchWrite> writes)
    {
        if (writes.Count > Most)
        {
            throw new ArgumentException($"One call takes at most {Most} entries, but there are {writes.Count}.", nameof(writes));
        }

        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, _writing);
        json.WriteStartArray();
        var place = 0;
        foreach (var write in writes)
        {
            Write(json, write, place++);
        }

        json.WriteEndArray();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, BatchWrite write, int place)
    {
        ArgumentNullException.ThrowIfNull(write);
        json.WriteStartObject();
        json.WriteString("key"u8, ApiPath.CheckKey(write.Key));
        json.WritePropertyName("value"u8);
        if (write.TextValue is { } text)
        {
            ApiPath.CheckText(text, "value");
            json.WriteStringValue(text);
        }
        else
        {
            WriteDocument(json, write.JsonValue.Span, place);
        }

        if (write.Tags.Count > 0)
        {
            json.WriteStartArray("tags"u8);
            foreach (var tag in write.Tags)
            {
                ApiPath.CheckText(tag, "tag");
                json.WriteStringValue(tag);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteDocument(Utf8JsonWriter json, ReadOnlySpan<byte> document, int place)
    {
        try
        {
            json.WriteRawValue(document);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new ArgumentException($"The value at place {place} is no JSON document.", nameof(document), exception);
        }
    }
}

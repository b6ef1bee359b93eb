using System.Text.Json;
using Remanso.Entries;
using Remanso.Server.Http;

namespace Remanso.Server.Endpoints;

/// <summary><c>POST …/entries:batch-get</c>: an array of keys in, an array of results out, in the same order.</summary>
internal static class BatchGetEndpoint
{
    private const int PartBytes = 64 << 10;

    private static readonly JsonBody.Parser<List<string>> _parser = Parse;

    public static async Task InvokeAsync(HttpContext context, CacheContext cache)
    {
        var keys = await JsonBody.ReadAsync(context.Request, cache.MaxBatchBytes, _parser);
        Dictionary<string, string> refused = new(StringComparer.Ordinal);
        var results = await cache.Cache.GetManyAsync(ValidKeys(keys, refused), context.RequestAborted);

        var json = JsonBuffer.Rent();
        json.Writer.WriteStartArray();
        foreach (var key in keys)
        {
            if (json.Length > PartBytes)
            {
                await json.SendPartAsync(context);
            }

            if (refused.TryGetValue(key, out var error))
            {
                WriteRefused(json.Writer, key, error);
            }
            else
            {
                Write(json.Writer, key, results[key]);
            }
        }

        json.Writer.WriteEndArray();
        if (!context.Response.HasStarted)
        {
            await json.SendAsync(context, StatusCodes.Status200OK);
            return;
        }

        await json.SendPartAsync(context);
        json.Return();
    }

    private static HashSet<string> ValidKeys(List<string> keys, Dictionary<string, string> refused)
    {
        HashSet<string> valid = new(keys.Count, StringComparer.Ordinal);
        foreach (var key in keys)
        {
            try
            {
                CacheKey.Validate(key);
                valid.Add(key);
            }
            catch (InvalidKeyException exception)
            {
                refused[key] = exception.Message;
            }
        }

        return valid;
    }

    private static void Write(Utf8JsonWriter writer, string key, in ReadResult<ReadOnlyMemory<byte>> result)
    {
        writer.WriteStartObject();
        writer.WriteString(Names.Key, key);
        writer.WriteNumber(Names.Status, result.Found ? StatusCodes.Status200OK : StatusCodes.Status404NotFound);
        if (result.Found)
        {
            writer.WriteString(Names.Source, GetEndpoint.NameOf(result.Source));
            JsonValue.WriteTo(writer, result.Value.Span, result.Entry.ContentType);
            writer.WriteNumber(Names.Version, result.Version);
        }
        else
        {
            writer.WriteNull(Names.Value);
        }

        writer.WriteEndObject();
    }

    private static void WriteRefused(Utf8JsonWriter writer, string key, string error)
    {
        writer.WriteStartObject();
        writer.WriteString(Names.Key, key);
        writer.WriteNumber(Names.Status, StatusCodes.Status400BadRequest);
        writer.WriteString(Names.Error, error);
        writer.WriteEndObject();
    }

    private static List<string> Parse(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        reader.Read();
        return JsonBody.TakeStrings(ref reader, "The body", CacheContext.MaxBatch);
    }
}

using System.Text.Json;
using Remanso.Server.Http;

namespace Remanso.Server.Endpoints;

/// <summary><c>POST /v1/caches/{cache}/flush</c> and <c>…/invalidate</c>.</summary>
internal static class MaintenanceEndpoints
{
    private static readonly JsonBody.Parser<List<string>?> _parser = ParseInvalidation;

    public static async Task FlushAsync(HttpContext context, CacheContext cache)
    {
        var report = await cache.Cache.FlushAsync(context.RequestAborted);
        var json = JsonBuffer.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteNumber("stored"u8, report.Stored);
        writer.WriteStartArray("failed"u8);
        foreach (var (key, error) in report.Failed)
        {
            writer.WriteStartObject();
            writer.WriteString(Names.Key, key);
            writer.WriteString(Names.Error, error);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        await json.SendAsync(context, StatusCodes.Status200OK);
    }

    public static async Task InvalidateAsync(HttpContext context, CacheContext cache)
    {
        var keys = await JsonBody.ReadAsync(context.Request, cache.MaxBatchBytes, _parser);
        if (keys is null)
        {
            await cache.Cache.InvalidateAllAsync(context.RequestAborted);
        }
        else
        {
            await cache.Cache.InvalidateAsync(keys, context.RequestAborted);
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>The keys, or null for all of them: never by omission, for that would empty the cache by a typing error.</summary>
    private static List<string>? ParseInvalidation(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        JsonBody.ExpectObject(ref reader);
        List<string>? keys = null;
        var all = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("keys"u8))
            {
                reader.Read();
                keys = JsonBody.TakeStrings(ref reader, "keys", CacheContext.MaxBatch);
            }
            else if (reader.ValueTextEquals("all"u8))
            {
                reader.Read();
                all = reader.TokenType == JsonTokenType.True;
            }
            else
            {
                reader.Skip();
            }
        }

        return all == keys is null
            ? keys
            : throw Problems.MalformedJson("Either {\"keys\":[…]} or {\"all\":true} is expected.");
    }
}

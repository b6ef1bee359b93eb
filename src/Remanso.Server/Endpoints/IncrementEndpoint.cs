using System.Text.Json;
using Remanso.Server.Http;

namespace Remanso.Server.Endpoints;

/// <summary>
/// <c>POST …/entries/{key}/increment</c>: adds to a whole number in one step of the tier, so that no addition is lost whoever writes at the same time. An absent key counts as 0.
/// </summary>
internal static class IncrementEndpoint
{
    private static readonly JsonBody.Parser<long> _parser = Parse;

    public static async Task InvokeAsync(HttpContext context, CacheContext cache, string key)
    {
        var request = context.Request;
        var by = await JsonBody.ReadAsync(request, cache.MaxJsonBytes, _parser);
        var options = new WriteOptions
        {
            Durability = Query.Durability(request),
            Lifetime = Query.Lifetime(request),
            Tags = Query.Tags(request),
            ContentType = MediaTypes.Text,
            IdempotencyKey = IdempotencyKey.Of(request),
        };
        await AnswerAsync(context, key, await cache.Cache.IncrementAsync(key, by, options, context.RequestAborted));
    }

    private static long Parse(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return 1;
        }

        JsonBody.ExpectObject(ref reader);
        var by = 1L;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var known = reader.ValueTextEquals("by"u8);
            reader.Read();
            if (!known)
            {
                reader.Skip();
            }
            else if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out by))
            {
                throw Problems.MalformedJson("by must be a whole number of 64 bits.");
            }
        }

        return by;
    }

    private static Task AnswerAsync(HttpContext context, string key, in CounterReceipt counted)
    {
        context.Response.Headers.ETag = EntityTag.Of(counted.Receipt.Version);
        var json = JsonBuffer.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteString(Names.Key, key);
        writer.WriteNumber(Names.Value, counted.Value);
        writer.WriteNumber(Names.Version, counted.Receipt.Version);
        writer.WriteString(Names.Durability, Names.Of(counted.Receipt.Durability));
        writer.WriteEndObject();
        return json.SendAsync(context, EntryWriteEndpoint.StatusOf(counted.Receipt));
    }
}

using System.Text.Json;
using Remanso.AspNetCore.Security;
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
        Dictionary<string, (int Status, string Error)> refused = new(StringComparer.Ordinal);
        var results = await cache.Cache.GetManyAsync(ValidKeys(context, cache, keys, refused), context.RequestAborted);

        var json = JsonBuffer.Rent();
        json.Writer.WriteStartArray();
        foreach (var key in keys)
        {
            if (json.Length > PartBytes)
            {
                await json.SendPartAsync(context);
            }

            if (refused.TryGetValue(key, out var refusal))
            {
                WriteRefused(json.Writer, key, refusal.Status, refusal.Error);
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

    private static HashSet<string> ValidKeys(
        HttpContext context, CacheContext cache, List<string> keys, Dictionary<string, (int Status, string Error)> refused)
    {
        var access = RemansoAccess.Of(context);
        var forbidden = new RemansoAccessDeniedException(RemansoScopes.Read, cache.Cache.Name, key: null);
        HashSet<string> valid = new(keys.Count, StringComparer.Ordinal);
        foreach (var key in keys)
        {
            try
            {
                CacheKey.Validate(key);
                if (access.Allows(RemansoScopes.Read, cache.Cache.Name, key))
                {
                    valid.Add(key);
                }
                else
                {
                    refused[key] = (StatusCodes.Status403Forbidden, forbidden.Message);
                }
            }
            catch (InvalidKeyException exception)
            {
                refused[key] = (StatusCodes.Status400BadRequest, exception.Message);
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

    private static void WriteRefused(Utf8JsonWriter writer, string key, int status, string error)
    {
        writer.WriteStartObject();
        writer.WriteString(Names.Key, key);
        writer.WriteNumber(Names.Status, status);
        writer.WriteString(Names.Error, error);
        writer.WriteEndObject();
    }

    private static List<string> Parse(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        reader.Read();
        return JsonBody.TakeStrings(ref reader, "The body", CacheContext.MaxBatch);
    }
}

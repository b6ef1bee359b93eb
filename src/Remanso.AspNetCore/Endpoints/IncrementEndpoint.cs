using System.Text.Json;
using Remanso.AspNetCore.Http;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>POST …/entries/{key}/increment</c>: adds to a whole number in one step of the tier, so that no addition
/// is lost whoever writes at the same time. An absent key counts as 0.</summary>
internal static class IncrementEndpoint
{
    private static readonly JsonBody.Parser<long> _parser = Parse;

    public static async Task InvokeAsync(HttpContext context, CacheContext cache, string key)
    {
        var by = await JsonBody.ReadAsync(context.Request, cache.MaxJsonBytes, _parser);
        await MergeEndpoint.InvokeAsync(context, cache, key, Merge.Add(by));
    }

    public static long Parse(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return 1;
        }

        JsonBody.ExpectObject(ref reader);
        var by = 1L;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("by"u8))
            {
                by = JsonBody.ReadIfAny(ref reader) ? MergeBody.TakeAddend(ref reader) : 1;
            }
            else
            {
                reader.Skip();
            }
        }

        return by;
    }
}

using Remanso.AspNetCore.Http;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>PATCH …/entries/{key}</c> (a JSON merge patch) and <c>POST …/entries/{key}/merge</c> (any merge): what
/// is there is changed in one step of the tier, so that no merge is lost whoever writes at the same time.</summary>
internal static class MergeEndpoint
{
    private static readonly JsonBody.Parser<Merge> _parser = MergeBody.Parse;

    public static async Task InvokeAsync(HttpContext context, CacheContext cache, string key) =>
        await InvokeAsync(context, cache, key, await JsonBody.ReadAsync(context.Request, cache.MaxJsonBytes, _parser));

    public static async Task PatchAsync(HttpContext context, CacheContext cache, string key)
    {
        var request = context.Request;
        if (request.ContentType is not { } type || !MediaTypes.IsMergePatch(type))
        {
            throw Problems.UnsupportedPatch();
        }

        var body = await RequestBody.ReadAsync(request, cache.MaxValueBytes, copies: 1);
        await InvokeAsync(context, cache, key, Merge.Patch(body.Keep()));
    }

    /// <summary>Merges, with what the request's query and headers ask for, and answers.</summary>
    public static async Task InvokeAsync(HttpContext context, CacheContext cache, string key, Merge merge)
    {
        var options = WriteWish.Of(context.Request, merge.IsJson ? MediaTypes.Json : MediaTypes.Text);
        var merged = await cache.Cache.MergeAsync(key, merge, options, context.RequestAborted);
        await (merge.IsJson ? EntryWriteEndpoint.AnswerAsync(context, key, merged.Receipt) : AnswerAsync(context, key, merged));
    }

    private static Task AnswerAsync(HttpContext context, string key, in MergeReceipt merged)
    {
        context.Response.Headers.ETag = EntityTag.Of(merged.Receipt.Version);
        var json = JsonBuffer.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteString(Names.Key, key);
        writer.WriteNumber(Names.Value, merged.Number);
        writer.WriteNumber(Names.Version, merged.Receipt.Version);
        writer.WriteString(Names.Durability, Names.Of(merged.Receipt.Durability));
        writer.WriteEndObject();
        return json.SendAsync(context, EntryWriteEndpoint.StatusOf(merged.Receipt));
    }
}

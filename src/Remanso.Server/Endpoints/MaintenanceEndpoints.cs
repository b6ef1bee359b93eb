using Remanso.Server.Http;

namespace Remanso.Server.Endpoints;

/// <summary><c>POST /v1/caches/{cache}/flush</c> and <c>…/invalidate</c>.</summary>
internal static class MaintenanceEndpoints
{
    private static readonly JsonBody.Parser<Invalidation> _parser = Invalidation.Parse;

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
        var (keys, tags) = await JsonBody.ReadAsync(context.Request, cache.MaxBatchBytes, _parser);
        await (keys is not null ? cache.Cache.InvalidateAsync(keys, context.RequestAborted)
            : tags is not null ? cache.Cache.RemoveByTagAsync(tags, context.RequestAborted)
            : cache.Cache.InvalidateAllAsync(context.RequestAborted));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}

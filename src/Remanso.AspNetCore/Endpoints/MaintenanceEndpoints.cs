using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>POST /v1/caches/{cache}/flush</c>, <c>…/invalidate</c>, <c>…/expire</c> and <c>…/preload</c>.</summary>
internal static class MaintenanceEndpoints
{
    private static readonly JsonBody.Parser<Invalidation> _parser = Invalidation.Parse;
    private static readonly JsonBody.Parser<List<string>> _keysParser = DeadLettersEndpoint.ParseKeys;

    public static async Task FlushAsync(HttpContext context, CacheContext cache)
    {
        var access = RemansoAccess.Of(context);
        access.DemandEveryKey(RemansoScopes.Operate, cache.Cache.Name);
        var report = await cache.Cache.Operations.FlushAsync(context.RequestAborted);
        var json = JsonBuffer.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteNumber("stored"u8, report.Stored);
        writer.WriteStartArray("failed"u8);
        foreach (var (key, error) in report.Failed)
        {
            writer.WriteStartObject();
            writer.WriteString(Names.Key, key);
            writer.WriteString(Names.Error, StoreReason.Of(access, cache.Cache.Name, key, error));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (report.Left > 0)
        {
            writer.WriteNumber("left"u8, report.Left);
            if (report.Reason is { } reason)
            {
                writer.WriteString("reason"u8, StoreReason.Of(access, cache.Cache.Name, reason));
            }
        }

        if (report.DeadLetters > 0)
        {
            writer.WriteNumber("deadLetters"u8, report.DeadLetters);
        }

        writer.WriteEndObject();
        await json.SendAsync(context, StatusCodes.Status200OK);
    }

    public static async Task InvalidateAsync(HttpContext context, CacheContext cache)
    {
        var (keys, tags) = await JsonBody.ReadAsync(context.Request, cache.MaxBatchBytes, _parser);
        cache.DemandOperate(context, keys);
        await (
            keys is not null ? cache.Cache.InvalidateAsync(keys, context.RequestAborted)
            : tags is not null ? cache.Cache.RemoveByTagAsync(tags, context.RequestAborted)
            : cache.Cache.InvalidateAllAsync(context.RequestAborted)
        );
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public static async Task ExpireAsync(HttpContext context, CacheContext cache)
    {
        var (keys, tags) = await JsonBody.ReadAsync(context.Request, cache.MaxBatchBytes, _parser);
        cache.DemandOperate(context, keys);
        await (
            keys is not null ? cache.Cache.ExpireAsync(keys, context.RequestAborted)
            : tags is not null ? cache.Cache.ExpireByTagAsync(tags, context.RequestAborted)
            : cache.Cache.ExpireAllAsync(context.RequestAborted)
        );
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public static async Task PreloadAsync(HttpContext context, CacheContext cache)
    {
        var keys = await JsonBody.ReadAsync(context.Request, cache.MaxBatchBytes, _keysParser);
        cache.DemandOperate(context, keys);
        var sums = await cache.Cache.PreloadAsync(keys, cancellationToken: context.RequestAborted);
        var json = JsonBuffer.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteNumber("keys"u8, sums.Keys);
        writer.WriteNumber("found"u8, sums.Found);
        writer.WriteNumber("loaded"u8, sums.Loaded);
        writer.WriteNumber("failed"u8, sums.Failed);
        writer.WriteEndObject();
        await json.SendAsync(context, StatusCodes.Status200OK);
    }
}

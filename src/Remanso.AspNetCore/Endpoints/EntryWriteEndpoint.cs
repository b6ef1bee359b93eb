using Remanso.AspNetCore.Http;
using Remanso.Entries;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>PUT|DELETE /v1/caches/{cache}/entries/{key}</c>: 202 while the write is only accepted, 200 once it is stored.</summary>
internal static class EntryWriteEndpoint
{
    public static async Task PutAsync(HttpContext context, CacheContext cache, string key)
    {
        var (value, options) = await ReadAsync(context.Request, cache, MediaTypes.Bytes);
        await AnswerAsync(context, key, await cache.Cache.SetAsync(key, value, options, context.RequestAborted));
    }

    public static async Task DeleteAsync(HttpContext context, CacheContext cache, string key)
    {
        var condition = Preconditions.Of(context.Request);
        if (condition.Kind == WriteConditionKind.Absent)
        {
            throw Problems.BadRequest("If-None-Match has no meaning for DELETE; use If-Match.");
        }

        var options = new WriteOptions
        {
            Condition = condition,
            Durability = Query.Durability(context.Request),
            IdempotencyKey = IdempotencyKey.Of(context.Request),
            IdempotencyOwner = IdempotencyKey.OwnerOf(context.Request),
        };
        await AnswerAsync(context, key, await cache.Cache.RemoveAsync(key, options, context.RequestAborted));
    }

    /// <summary>What a request wants to be written, and how.</summary>
    public static async Task<(byte[] Value, WriteOptions Options)> ReadAsync(
        HttpRequest request,
        CacheContext cache,
        string? contentTypeUnlessSet
    )
    {
        var options = WriteWish.Of(request, request.ContentType is { Length: > 0 } type ? type : contentTypeUnlessSet);
        if (options.ContentType is { } known)
        {
            // The library refuses it as well, but only once the body is here.
            ContentType.Validate(known);
        }

        var body = await RequestBody.ReadAsync(request, cache.MaxValueBytes, copies: 1);
        return (body.Keep(), options);
    }

    /// <summary>The status of a write that succeeded.</summary>
    public static int StatusOf(WriteReceipt receipt) =>
        receipt.Durability == Durability.Stored ? StatusCodes.Status200OK : StatusCodes.Status202Accepted;

    /// <summary>Says what a write has reached.</summary>
    public static Task AnswerAsync(HttpContext context, string key, WriteReceipt receipt)
    {
        context.Response.Headers.ETag = EntityTag.Of(receipt.Version);
        var json = JsonBuffer.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteString(Names.Key, key);
        writer.WriteNumber(Names.Version, receipt.Version);
        writer.WriteString(Names.Durability, Names.Of(receipt.Durability));
        writer.WriteEndObject();
        return json.SendAsync(context, StatusOf(receipt));
    }
}

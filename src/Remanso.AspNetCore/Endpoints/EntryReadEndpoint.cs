using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Http.Limits;
using Remanso.AspNetCore.Security.Guards;
using Remanso.Entries;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>GET|HEAD /v1/caches/{cache}/entries/{key}</c>: the value itself, with what HTTP has to say of it.</summary>
internal sealed class EntryReadEndpoint(TimeProvider time, bool readersMayReload)
{
    public Task InvokeAsync(HttpContext context, CacheContext cache, string key)
    {
        if (ReadWish.Of(context.Request, readersMayReload) is { } wish)
        {
            return InvokeAsync(context, cache, key, wish);
        }

        var from = Query.Source(context.Request);
        var read = cache.Cache.GetAsync(key, from, context.RequestAborted);
        return read.IsCompletedSuccessfully
            ? AnswerAsync(context, key, from, read.GetAwaiter().GetResult())
            : AnswerLaterAsync(context, key, from, read);
    }

    private async Task InvokeAsync(HttpContext context, CacheContext cache, string key, ReadWish wish)
    {
        var (result, status) = await new WishedRead(cache.Cache, key, wish, Now()).ReadAsync(context.RequestAborted);
        if (result.Entry is null && wish.OnlyIfCached)
        {
            context.Response.Headers["Cache-Status"] = status;
            await Problems.NotCached(key).SendAsync(context);
            return;
        }

        await AnswerAsync(context, key, result, status);
    }

    private async Task AnswerLaterAsync(HttpContext context, string key, ReadFrom from, ValueTask<ReadResult<ReadOnlyMemory<byte>>> read) =>
        await AnswerAsync(context, key, from, await read);

    private Task AnswerAsync(HttpContext context, string key, ReadFrom from, in ReadResult<ReadOnlyMemory<byte>> result) =>
        AnswerAsync(context, key, result, CacheStatus.Of(result, from));

    private Task AnswerAsync(HttpContext context, string key, in ReadResult<ReadOnlyMemory<byte>> result, string status)
    {
        var response = context.Response;
        var headers = response.Headers;
        headers["Cache-Status"] = status;
        if (!result.Found)
        {
            return Problems.AbsentKey(key, result.Version).SendAsync(context);
        }

        var tag = EntityTag.Of(result.Version);
        headers.ETag = tag;
        headers["Remanso-State"] = result.Entry.IsDirty ? "dirty" : "clean";
        if (result.Entry.Tags is { } tags)
        {
            // Escaped, so that a list can be taken apart at its commas, and a field value is ASCII.
            headers["Remanso-Tags"] = string.Join(", ", tags.Select(Uri.EscapeDataString));
        }

        if (result.Source != ReadSource.Store)
        {
            headers.Age = AgeInSeconds(result.Entry);
        }

        var noneMatch = context.Request.Headers.IfNoneMatch;
        if (noneMatch.Count > 0 && EntityTag.MatchesWeakly(noneMatch, tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        // The column may hold anything: what can't be a header field must not make the value unreadable.
        response.ContentType = ContentType.IsValid(result.Entry.ContentType) ? result.Entry.ContentType : MediaTypes.Bytes;
        StoredBody.Protect(headers, response.ContentType);
        response.ContentLength = result.Value.Length;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return Task.CompletedTask;
        }

        return result.Value.Length > TransferLimits.Small
            ? WriteLargeAsync(context, result.Value)
            : AnswerBody.WriteAsync(context, result.Value);
    }

    private static async Task WriteLargeAsync(HttpContext context, ReadOnlyMemory<byte> value)
    {
        await RequestCharge.Of(context).TakeAsync(value.Length);
        await AnswerBody.WriteAsync(context, value);
    }

    private string AgeInSeconds(CacheEntry entry) => Math.Max(0, (Now() - entry.CachedAt) / 1_000_000).ToString(provider: null);

    private long Now() => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}

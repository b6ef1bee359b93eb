using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security.Guards;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>POST …/entries/{key}/wait?version=&amp;durability=</c>: waits until a write that was answered before is
/// more durable than that answer said.</summary>
internal static class WaitEndpoint
{
    public static async Task InvokeAsync(HttpContext context, CacheContext cache, string key)
    {
        var receipt = new WriteReceipt(Query.Version(context.Request), Durability.Accepted);
        var level = Query.Durability(context.Request) ?? Durability.Stored;
        using var place = LastingAnswers.Enter(context);
        await EntryWriteEndpoint.AnswerAsync(
            context,
            key,
            await cache.Cache.WaitAsync(key, receipt, level, Query.WaitTimeout(context.Request), context.RequestAborted)
        );
    }
}

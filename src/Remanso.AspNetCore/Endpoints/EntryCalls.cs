using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>POST …/entries/{key}/increment</c>, <c>…/merge</c> and <c>…/wait</c>. A key may have slashes, so
/// nothing can follow it in the pattern of a route: the last segment says which call it is.</summary>
internal static class EntryCalls
{
    private const string Increment = "/increment";
    private const string Merge = "/merge";
    private const string Wait = "/wait";

    private const string KnownOfKey = "GET, HEAD, PUT, PATCH, DELETE";

    /// <summary>The methods that a path knows: all of them where it may be a key as well as one of these calls.</summary>
    public static string Known(HttpContext context)
    {
        var sent = RouteKey.Sent(context);
        return sent.EndsWith(Increment) || sent.EndsWith(Merge) || sent.EndsWith(Wait) ? KnownOfKey + ", POST" : KnownOfKey;
    }

    /// <summary>Whether a call below an entry waits for a write, and is none.</summary>
    public static bool IsWait(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && request.Path.Value?.EndsWith(Wait, StringComparison.Ordinal) == true;

    /// <summary>Answers a POST below an entry.</summary>
    public static Task InvokeAsync(HttpContext context, CacheContext cache)
    {
        var sent = RouteKey.Sent(context);
        return sent.EndsWith(Merge) ? MergeEndpoint.InvokeAsync(context, cache, KeyOf(context, cache, sent[..^Merge.Length]))
            : sent.EndsWith(Increment) ? IncrementEndpoint.InvokeAsync(context, cache, KeyOf(context, cache, sent[..^Increment.Length]))
            : sent.EndsWith(Wait) ? WaitEndpoint.InvokeAsync(context, cache, KeyOf(context, cache, sent[..^Wait.Length]))
            : Problems.MethodNotAllowed(context.Request.Method, KnownOfKey).SendAsync(context);
    }

    /// <summary>The key in what follows <c>entries/</c>, without the call behind it.</summary>
    public static ReadOnlySpan<char> KeyIn(ReadOnlySpan<char> sent) =>
        sent.EndsWith(Merge) ? sent[..^Merge.Length]
        : sent.EndsWith(Increment) ? sent[..^Increment.Length]
        : sent.EndsWith(Wait) ? sent[..^Wait.Length]
        : sent;

    private static string KeyOf(HttpContext context, CacheContext cache, ReadOnlySpan<char> sent) =>
        cache.KeyOf(context, RemansoScopes.Write, sent);
}

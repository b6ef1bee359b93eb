using Microsoft.AspNetCore.Routing;
using Remanso.AspNetCore.Endpoints;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security.Guards;
using Remanso.Telemetry;

namespace Remanso.AspNetCore.Security.Audit;

/// <summary>What a request calls, without what stands in its path for a key: the method, and the pattern of the route
/// or its fixed parts.</summary>
internal static class CallName
{
    private const int LongestWord = 24;
    private const string Key = "{**key}";

    // No cache can be named so.
    private const string Unreadable = "?";

    /// <summary>What stands for the key of an entry in a log; - where the request has none.</summary>
    public static string KeyHashOf(HttpContext context) =>
        context.Request.RouteValues["key"] is string key ? new HashedKey(key).ToString() : "-";

    /// <summary>The same, of a request that is refused before its handler has decoded the key.</summary>
    public static string SentKeyHashOf(HttpContext context)
    {
        var pattern = PatternOf(context);
        if (!pattern.EndsWith(Key, StringComparison.Ordinal))
        {
            return KeyHashOf(context);
        }

        try
        {
            var sent = context.GetEndpoint() is null ? Unrouted(context).Key.AsSpan() : RouteKey.Sent(context);
            var isCall = HttpMethods.IsPost(context.Request.Method) && pattern.EndsWith("/entries/{**key}", StringComparison.Ordinal);
            return new HashedKey(PercentEncoding.Decode(isCall ? EntryCalls.KeyIn(sent) : sent)).ToString();
        }
        catch (ProblemException)
        {
            // It has none, or one that can't be decoded.
            return "-";
        }
    }

    /// <summary>The name of the cache, as it was sent; null where the request has none.</summary>
    public static string? SentCacheOf(HttpContext context)
    {
        if (context.GetEndpoint() is { } endpoint)
        {
            return endpoint.Metadata.GetMetadata<ScopeRequirement>()?.Cache ?? context.Request.RouteValues["cache"] as string;
        }

        try
        {
            return Unrouted(context).Cache is { } sent ? PercentEncoding.Decode(sent) : null;
        }
        catch (ProblemException)
        {
            return Unreadable;
        }
    }

    public static string Of(HttpContext context) => $"{MethodOf(context.Request.Method)} {PatternOf(context)}";

    private static string PatternOf(HttpContext context) =>
        (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? Unrouted(context).Pattern;

    // What routing would make of the path. The gate refuses before it.
    private static (string Pattern, string? Cache, string? Key) Unrouted(HttpContext context) =>
        RequestPath.Of(context).ToString().Split('/', 6) switch
        {
            ["", "v1", "caches", var cache, ("entries" or "dead-letters") and var call, var key] => (
                $"/v1/caches/{{cache}}/{call}/{Key}",
                cache,
                key
            ),
            ["", "v1", "caches", var cache, var call, ..] => ("/v1/caches/{cache}/" + WordOf(call), cache, null),
            ["", "v1", var what, ..] => ("/v1/" + WordOf(what), null, null),
            ["", "get", var first, .. var rest] => ("/get/" + Key, CacheApi.DefaultCache, string.Join('/', [first, .. rest])),
            ["", "set"] => ("/set", CacheApi.DefaultCache, null),
            ["", var what, ..] => ("/" + WordOf(what), null, null),
            _ => ("-", null, null),
        };

    // What is no word of the API is not repeated: it may be anything.
    private static string WordOf(string part) =>
        part.Length <= LongestWord && part.All(static c => char.IsAsciiLetterLower(c) || c is ':' or '-') ? part : "?";

    private static string MethodOf(string method) => method is { Length: <= 16 } && method.All(char.IsAsciiLetterUpper) ? method : "?";
}

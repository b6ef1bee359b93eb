using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Remanso.AspNetCore.Endpoints;
using Remanso.AspNetCore.Http;
using Remanso.Telemetry;

namespace Remanso.AspNetCore.Security.Audit;

/// <summary>What a request calls, without what stands in its path for a key: the method, and the pattern of the route
/// or its fixed parts.</summary>
internal static class CallName
{
    private const int LongestWord = 24;

    /// <summary>What stands for the key of an entry in a log; - where the request has none.</summary>
    public static string KeyHashOf(HttpContext context) =>
        context.Request.RouteValues["key"] is string key ? new HashedKey(key).ToString() : "-";

    /// <summary>The same, of a request that is refused before its handler has decoded the key.</summary>
    public static string SentKeyHashOf(HttpContext context)
    {
        if (
            context.GetEndpoint() is not RouteEndpoint { RoutePattern.RawText: { } pattern }
            || !pattern.EndsWith("{**key}", StringComparison.Ordinal)
        )
        {
            return KeyHashOf(context);
        }

        try
        {
            var sent = RouteKey.Sent(context);
            var isCall = HttpMethods.IsPost(context.Request.Method) && pattern.EndsWith("/entries/{**key}", StringComparison.Ordinal);
            return new HashedKey(PercentEncoding.Decode(isCall ? EntryCalls.KeyIn(sent) : sent)).ToString();
        }
        catch (ProblemException)
        {
            // It has none, or one that can't be decoded.
            return "-";
        }
    }

    public static string Of(HttpContext context) => $"{MethodOf(context.Request.Method)} {PatternOf(context)}";

    private static string PatternOf(HttpContext context)
    {
        if ((context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } pattern)
        {
            return pattern;
        }

        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? string.Empty;
        return target.Split('?')[0].Split('/') switch
        {
            ["", "v1", "caches", _, var call, ..] => "/v1/caches/{cache}/" + WordOf(call),
            ["", "v1", var what, ..] => "/v1/" + WordOf(what),
            ["", var what, ..] => "/" + WordOf(what),
            _ => "-",
        };
    }

    // What is no word of the API is not repeated: it may be anything.
    private static string WordOf(string part) =>
        part.Length <= LongestWord && part.All(static c => char.IsAsciiLetterLower(c) || c is ':' or '-') ? part : "?";

    private static string MethodOf(string method) => method is { Length: <= 16 } && method.All(char.IsAsciiLetterUpper) ? method : "?";
}

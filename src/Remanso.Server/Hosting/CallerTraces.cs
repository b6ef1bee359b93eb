using System.Diagnostics;

namespace Remanso.Server.Hosting;

// A request that comes without a trace of its caller begins none: its span would tell nothing that the metrics don't,
// and there are many. The framework's own spans would be of all requests, and have paths, which are keys.

/// <summary>Takes part in the traces of those who call: what a request loads is in the caller's trace, and the flush of
/// what it wrote is linked to it.</summary>
internal static class CallerTraces
{
    /// <summary>The source of the spans.</summary>
    public const string Source = "Remanso.Server";

    private static readonly ActivitySource _source = new(Source);

    /// <summary>To be placed behind the routing, whose pattern names the span.</summary>
    public static void UseCallerTraces(this IApplicationBuilder app) =>
        app.Use(static next =>
            context =>
                context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route } && CallerOf(context) is { } caller
                    ? RunAsync(context, route, caller, next)
                    : next(context)
        );

    private static ActivityContext? CallerOf(HttpContext context) =>
        _source.HasListeners()
        && ActivityContext.TryParse(context.Request.Headers.TraceParent, context.Request.Headers.TraceState, isRemote: true, out var caller)
            ? caller
            : null;

    private static async Task RunAsync(HttpContext context, string route, ActivityContext caller, RequestDelegate next)
    {
        var method = context.Request.Method;
        using var span = _source.StartActivity($"{method} {route}", ActivityKind.Server, caller);
        await next(context);
        if (span is null)
        {
            return;
        }

        var status = context.Response.StatusCode;
        span.SetTag("http.request.method", method);
        span.SetTag("http.route", route);
        span.SetTag("http.response.status_code", status);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }
}

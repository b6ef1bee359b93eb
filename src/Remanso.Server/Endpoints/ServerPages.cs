using Microsoft.AspNetCore.Routing;
using Remanso.AspNetCore;
using Remanso.AspNetCore.Security;
using Remanso.Server.Configuration;
using Remanso.Server.Metrics;

namespace Remanso.Server.Endpoints;

/// <summary>What the server answers beside the API: its index, its metrics, and that there is nothing else.</summary>
internal static class ServerPages
{
    private const string WorkersAnswer = "This process has the role worker: it flushes, and serves no caches.";

    /// <summary>The methods of every page.</summary>
    public static readonly string[] Known = ["GET", "HEAD"];

    // Every other method; see the paths of the API.
    private static readonly string[] _others = ["*"];

    /// <summary>Maps the pages.</summary>
    public static void MapServerPages(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        endpoints.MapRemansoDashboard();
        endpoints.MapPage("/openapi/v1.json", RemansoScopes.None, new DescriptionPage(services).InvokeAsync);
        endpoints.MapDocs();
        endpoints.MapPage(
            "/metrics",
            RemansoScopes.Observe,
            new MetricsEndpoint(services.GetRequiredService<PrometheusExporter>()).InvokeAsync
        );
    }

    /// <summary>Answers what no endpoint has.</summary>
    public static RequestDelegate NothingElse(Role role) =>
        role == Role.Worker
            ? static context => RemansoAnswers.NotFoundAsync(context, IsCaches(context.Request.Path) ? WorkersAnswer : null)
            : static context => RemansoAnswers.NotFoundAsync(context);

    private static void MapPage(this IEndpointRouteBuilder endpoints, string path, RemansoScopes scope, RequestDelegate page)
    {
        endpoints.MapMethods(path, Known, context => page(WithoutKeeping(context))).RequireRemansoScope(scope);
        endpoints.RefuseOthers(path, scope);
    }

    /// <summary>Answers all methods that no page of these paths knows.</summary>
    public static void RefuseOthers(this IEndpointRouteBuilder endpoints, string path, RemansoScopes scope) =>
        endpoints
            .MapMethods(path, _others, static context => RemansoAnswers.MethodNotAllowedAsync(context, string.Join(", ", Known)))
            .RequireRemansoScope(scope);

    /// <summary>Lets a cache in between ask again, unless the guard has said that it keeps nothing at all.</summary>
    public static HttpContext WithoutKeeping(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = headers.CacheControl.Count == 0 ? "no-cache" : headers.CacheControl;
        return context;
    }

    private static bool IsCaches(PathString path) =>
        path.StartsWithSegments("/get", StringComparison.Ordinal)
        || path.StartsWithSegments("/set", StringComparison.Ordinal)
        || path.StartsWithSegments("/v1/caches", StringComparison.Ordinal);
}

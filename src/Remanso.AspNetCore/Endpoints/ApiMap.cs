using Microsoft.AspNetCore.Routing;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>The whole surface of the API: which path and method lead where, and which scope they need.</summary>
internal sealed class ApiMap(IEndpointRouteBuilder group, ICacheRegistry registry, CallErrors errors, TimeProvider time)
{
    private const string Named = "/v1/caches/{cache}/";
    private const string KnownOfDeadLetters = "GET, HEAD, POST, DELETE";

    private readonly CacheApi _caches = new(registry);

    /// <summary>The calls that read and write caches.</summary>
    public void MapCaches()
    {
        Original("/get/{**key}").OnKey("GET", RemansoScopes.Read, GetEndpoint.InvokeAsync).RefuseOthers(RemansoScopes.Read);
        Original("/set").On("POST", RemansoScopes.Write, SetEndpoint.InvokeAsync).RefuseOthers(RemansoScopes.Write);

        OfCache("entries/{**key}")
            .OnKey("GET", RemansoScopes.Read, new EntryReadEndpoint(time).InvokeAsync)
            .OnKey("PUT", RemansoScopes.Write, EntryWriteEndpoint.PutAsync)
            .OnKey("PATCH", RemansoScopes.Write, MergeEndpoint.PatchAsync)
            .OnKey("DELETE", RemansoScopes.Write, EntryWriteEndpoint.DeleteAsync)
            .On("POST", RemansoScopes.Write, EntryCalls.InvokeAsync)
            .RefuseOthers(RemansoScopes.Write, EntryCalls.Known);
        MapPost("entries:batch-get", RemansoScopes.Read, BatchGetEndpoint.InvokeAsync);
        MapPost("entries:batch-set", RemansoScopes.Write, BatchSetEndpoint.InvokeAsync);

        MapPost("flush", RemansoScopes.Operate, MaintenanceEndpoints.FlushAsync);
        MapPost("invalidate", RemansoScopes.Operate, MaintenanceEndpoints.InvalidateAsync);
        MapPost("expire", RemansoScopes.Operate, MaintenanceEndpoints.ExpireAsync);
        MapPost("preload", RemansoScopes.Operate, MaintenanceEndpoints.PreloadAsync);
        OfCache("dead-letters")
            .On("GET", RemansoScopes.Operate, DeadLettersEndpoint.ListAsync)
            .On("POST", RemansoScopes.Operate, DeadLettersEndpoint.ReplayAsync)
            .On("DELETE", RemansoScopes.Operate, DeadLettersEndpoint.DropAsync)
            .RefuseOthers(RemansoScopes.Operate);
        OfCache("dead-letters/{**key}").On("PUT", RemansoScopes.Operate, EditAsync).RefuseOthers(RemansoScopes.Operate);

        // What is not known operates, so that nobody without that scope learns by it which caches there are.
        OfCache("{**call}").NothingElse(RemansoScopes.Operate);
    }

    /// <summary>The calls that tell how the process is.</summary>
    public void MapState()
    {
        Plain("/v1/stats").On("GET", RemansoScopes.Observe, new StatsEndpoint(registry).InvokeAsync).RefuseOthers(RemansoScopes.Observe);
        Plain("/health/live").On("GET", RemansoScopes.None, HealthEndpoints.LiveAsync).RefuseOthers(RemansoScopes.None);
        Plain("/health/ready").On("GET", RemansoScopes.None, new HealthEndpoints(registry).ReadyAsync).RefuseOthers(RemansoScopes.None);
    }

    private void MapPost(string call, RemansoScopes scope, Func<HttpContext, CacheContext, Task> handler) =>
        OfCache(call).On("POST", scope, handler).RefuseOthers(scope);

    private static Task EditAsync(HttpContext context, CacheContext cache) => RouteKey.IsThere(context)
        ? DeadLettersEndpoint.EditAsync(context, cache, cache.KeyOf(context, RemansoScopes.Operate, RouteKey.Sent(context)))
        : Problems.MethodNotAllowed(context.Request.Method, KnownOfDeadLetters).SendAsync(context);

    private CallPath Original(string pattern) => new(group, errors, pattern, _ => _caches.Get(CacheApi.DefaultCache), CacheApi.DefaultCache);

    private CallPath OfCache(string call) => new(
        group, errors, Named + call, context => _caches.Get(context.Request.RouteValues["cache"] as string), cache: null);

    private CallPath Plain(string pattern) => new(group, errors, pattern, cacheOf: null, cache: null);
}

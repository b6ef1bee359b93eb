using Microsoft.AspNetCore.Routing;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.OpenApi;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>The whole surface of the API: which path and method lead where, and which scope they need.</summary>
internal sealed class ApiMap(
    IEndpointRouteBuilder group,
    ICacheRegistry registry,
    CallErrors errors,
    TimeProvider time,
    bool readersMayReload
)
{
    private const string Named = "/v1/caches/{cache}/";
    private const string KnownOfDeadLetters = "GET, HEAD, POST, DELETE";

    private readonly CacheApi _caches = new(registry);

    /// <summary>The calls that read and write caches.</summary>
    public void MapCaches()
    {
        Original("/get/{**key}").OnKey("GET", RemansoScopes.Read, GetEndpoint.InvokeAsync, Calls.Get).RefuseOthers(RemansoScopes.Read);
        Original("/set").On("POST", RemansoScopes.Write, SetEndpoint.InvokeAsync, Calls.Set).RefuseOthers(RemansoScopes.Write);

        OfCache("entries/{**key}")
            .OnKey("GET", RemansoScopes.Read, new EntryReadEndpoint(time, readersMayReload).InvokeAsync, Calls.Read)
            .OnKey("PUT", RemansoScopes.Write, EntryWriteEndpoint.PutAsync, Calls.Put)
            .OnKey("PATCH", RemansoScopes.Write, MergeEndpoint.PatchAsync, Calls.Patch)
            .OnKey("DELETE", RemansoScopes.Write, EntryWriteEndpoint.DeleteAsync, Calls.Delete)
            .On("POST", RemansoScopes.Write, EntryCalls.InvokeAsync, Calls.Entry)
            .RefuseOthers(RemansoScopes.Write, EntryCalls.Known);
        MapPost("entries:batch-get", RemansoScopes.Read, new BatchGetEndpoint(errors).InvokeAsync, Calls.BatchGet);
        MapPost("entries:batch-set", RemansoScopes.Write, new BatchSetEndpoint(errors).InvokeAsync, Calls.BatchSet);

        OfCache("watch").On("GET", RemansoScopes.Read, WatchEndpoint.InvokeAsync, Calls.Watch).RefuseOthers(RemansoScopes.Read);

        MapPost("flush", RemansoScopes.Operate, MaintenanceEndpoints.FlushAsync, Calls.Flush);
        MapPost("invalidate", RemansoScopes.Operate, MaintenanceEndpoints.InvalidateAsync, Calls.Invalidate);
        MapPost("expire", RemansoScopes.Operate, MaintenanceEndpoints.ExpireAsync, Calls.Expire);
        MapPost("preload", RemansoScopes.Operate, MaintenanceEndpoints.PreloadAsync, Calls.Preload);
        OfCache("dead-letters")
            .On("GET", RemansoScopes.Operate, DeadLettersEndpoint.ListAsync, Calls.DeadLetters)
            .On("POST", RemansoScopes.Operate, DeadLettersEndpoint.ReplayAsync, Calls.Replay)
            .On("DELETE", RemansoScopes.Operate, DeadLettersEndpoint.DropAsync, Calls.Drop)
            .RefuseOthers(RemansoScopes.Operate);
        OfCache("dead-letters/{**key}").On("PUT", RemansoScopes.Operate, EditAsync, Calls.Edit).RefuseOthers(RemansoScopes.Operate);

        // What is not known operates, so that nobody without that scope learns by it which caches there are.
        OfCache("{**call}").NothingElse(RemansoScopes.Operate);
    }

    /// <summary>The calls that tell how the process is.</summary>
    public void MapState()
    {
        Plain("/v1/stats")
            .On("GET", RemansoScopes.Observe, new StatsEndpoint(registry).InvokeAsync, Calls.Statistics)
            .RefuseOthers(RemansoScopes.Observe);
        Plain("/v1/processes")
            .On("GET", RemansoScopes.Observe, new ProcessesEndpoint(registry, time).InvokeAsync, Calls.Processes)
            .RefuseOthers(RemansoScopes.Observe);
        Plain("/health/live").On("GET", RemansoScopes.None, HealthEndpoints.LiveAsync, Calls.Live).RefuseOthers(RemansoScopes.None);
        Plain("/health/ready")
            .On("GET", RemansoScopes.None, new HealthEndpoints(registry).ReadyAsync, Calls.Ready)
            .RefuseOthers(RemansoScopes.None);
    }

    private void MapPost(string call, RemansoScopes scope, Func<HttpContext, CacheContext, Task> handler, CallDescription description) =>
        OfCache(call).On("POST", scope, handler, description).RefuseOthers(scope);

    private static Task EditAsync(HttpContext context, CacheContext cache) =>
        RouteKey.IsThere(context)
            ? DeadLettersEndpoint.EditAsync(context, cache, cache.KeyOf(context, RemansoScopes.Operate, RouteKey.Sent(context)))
            : Problems.MethodNotAllowed(context.Request.Method, KnownOfDeadLetters).SendAsync(context);

    private CallPath Original(string pattern) =>
        new(group, errors, pattern, _ => _caches.Get(CacheApi.DefaultCache), CacheApi.DefaultCache);

    private CallPath OfCache(string call) =>
        new(group, errors, Named + call, context => _caches.Get(context.Request.RouteValues["cache"] as string), cache: null);

    private CallPath Plain(string pattern) => new(group, errors, pattern, cacheOf: null, cache: null);
}

using Microsoft.AspNetCore.Routing;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.OpenApi;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

// Handlers are request delegates: what they need of a request is its cache, its key and its body, all read by hand, so
// there is nothing to bind. A key's scope is asked for here, once it is decoded, before its handler runs. Programs call
// them: an application that lets people in by a cookie answers 401 here, not the page of its login.

/// <summary>One path of the API: an endpoint for each method that it knows, and one that refuses the others.</summary>
/// <param name="group">Where its endpoints go.</param>
/// <param name="errors">Runs them.</param>
/// <param name="pattern">The path; a key is its last segment.</param>
/// <param name="cacheOf">Finds the cache of a request; null where it concerns none.</param>
/// <param name="cache">The name of the cache where the path does not have it.</param>
internal sealed class CallPath(
    IEndpointRouteBuilder group,
    CallErrors errors,
    string pattern,
    Func<HttpContext, CacheContext>? cacheOf,
    string? cache
)
{
    // To routing, "*" as the name of a method is every method that no other endpoint of the path names. An endpoint
    // without methods would be a second candidate of every request.
    private static readonly string[] _others = ["*"];

    private readonly List<string> _known = [];

    /// <summary>Answers a method, as described.</summary>
    public CallPath On(
        string method,
        RemansoScopes scope,
        Func<HttpContext, CacheContext, Task> call,
        params CallDescription[] descriptions
    )
    {
        Map(Take(method), scope, context => call(context, cacheOf!(context)), descriptions);
        return this;
    }

    /// <summary>Answers a method of an entry.</summary>
    public CallPath OnKey(
        string method,
        RemansoScopes scope,
        Func<HttpContext, CacheContext, string, Task> call,
        params CallDescription[] descriptions
    )
    {
        Map(
            Take(method),
            scope,
            context =>
            {
                var found = cacheOf!(context);
                return call(context, found, found.KeyOf(context, scope, RouteKey.Sent(context)));
            },
            descriptions
        );
        return this;
    }

    /// <summary>Answers a method that concerns no cache.</summary>
    public CallPath On(string method, RemansoScopes scope, RequestDelegate call, params CallDescription[] descriptions)
    {
        Map(Take(method), scope, call, descriptions);
        return this;
    }

    /// <summary>Refuses the other methods.</summary>
    /// <param name="scope">What they would need.</param>
    /// <param name="known">The methods that a request may use; all that the path knows unless given.</param>
    public void RefuseOthers(RemansoScopes scope, Func<HttpContext, string>? known = null)
    {
        var all = string.Join(", ", _known);
        var isKeyed = pattern.EndsWith("{**key}", StringComparison.Ordinal);
        Map(_others, scope, context =>
        {
            // What is not there knows no method.
            cacheOf?.Invoke(context);
            if (isKeyed && !RouteKey.IsThere(context))
            {
                return Problems.NothingAt(RequestPath.Of(context)).SendAsync(context);
            }

            return Problems.MethodNotAllowed(context.Request.Method, known?.Invoke(context) ?? all).SendAsync(context);
        });
    }

    /// <summary>Says of every request that there is nothing at its path.</summary>
    public void NothingElse(RemansoScopes scope) => Map(_others, scope, context =>
        {
            cacheOf?.Invoke(context);
            return Problems.NothingAt(RequestPath.Of(context)).SendAsync(context);
        });

    private string[] Take(string method)
    {
        string[] methods = method == "GET" ? ["GET", "HEAD"] : [method];
        _known.AddRange(methods);
        return methods;
    }

    private void Map(string[] methods, RemansoScopes scope, RequestDelegate call, params object[] metadata) =>
        group
            .MapMethods(pattern, methods, context => errors.RunAsync(context, call))
            .WithMetadata(metadata)
            .DisableCookieRedirect()
            .RequireRemansoScope(scope, cache);
}

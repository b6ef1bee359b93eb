using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso.AspNetCore.Endpoints;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Http.Limits;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Guards;
using Remanso.AspNetCore.Security.Keys;
using Remanso.Entries;

namespace Remanso.AspNetCore.Dashboard;

/// <summary>The whole surface of the dashboard: which path and method lead where, and what they need. What the API does
/// already is done by its own handlers.</summary>
internal sealed class DashboardMap(
    RouteGroupBuilder group,
    IServiceProvider services,
    ICacheRegistry registry,
    RemansoDashboardOptions options
)
{
    /// <summary>The header that every call of the page has which changes something: a form, and a page of another site,
    /// can't send it.</summary>
    public const string Header = "X-Remanso-Dashboard";

    private const string Page = "/";
    private const string OfCache = "/dashboard/caches/{cache}/";

    // To routing, "*" is every method that no other endpoint of the path names.
    private static readonly string[] _others = ["*"];
    private static readonly ScopeRequirement _nobodyRefused = new(RemansoScopes.None, cache: null);
    private static readonly ScopeRequirement _sees = new(RemansoScopes.Observe | RemansoScopes.Read, cache: null) { AnyOf = true };
    private static readonly ScopeRequirement _observes = new(RemansoScopes.Observe, cache: null);
    private static readonly ScopeRequirement _anything = new(RemansoScopes.All, cache: null) { AnyOf = true };

    private readonly TimeProvider _time = services.GetService<TimeProvider>() ?? TimeProvider.System;
    private readonly RemansoSecurityOptions _security = services.GetService<RemansoSecurityOptions>() ?? new RemansoSecurityOptions();
    private readonly CacheApi _caches = new(registry);
    private readonly CallErrors _errors = new(
        (services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("Remanso.Http"),
        services.GetService<TimeProvider>() ?? TimeProvider.System
    );

    /// <summary>Maps it.</summary>
    public void Map()
    {
        var api = services.GetService<RemansoApiOptions>() ?? new RemansoApiOptions();
        var largest = registry.Names.Select(name => BodyLimits.Batch(registry.GetMaxValueBytes(name))).DefaultIfEmpty().Max();
        group.WithMetadata(TransferLimits.Of(services, api, registry, _time), new LargestBody(largest));
        group.ExcludeFromDescription();
        var cookie =
            services.GetService<KeyRing>() is not null && services.GetService<IDataProtectionProvider>() is { } seals
                ? new DashboardCookie(seals, options.SignInLasts, _time)
                : null;
        if (cookie is not null)
        {
            group.WithMetadata(cookie);
        }

        MapPage();
        MapFigures();
        MapSession(cookie);
        if (api.ServesCaches)
        {
            MapCaches();
        }
    }

    private void MapPage()
    {
        Map(Page, _nobodyRefused, ("GET", context => PageAsync(context)));
        Map(
            "/dashboard/{file}",
            _nobodyRefused,
            ("GET", context => LetIn(context) ? DashboardAssets.SendAsync(context) : Refusal.NotLocal.SendAsync(context))
        );
    }

    private void MapFigures()
    {
        var stopping = services.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        var sampler = new DashboardSampler(registry, _time, options.MaxViewers, stopping);
        group.WithMetadata(sampler);
        var figures = new FiguresJson(registry, sampler);
        Map("/dashboard/events", _sees, ("GET", new EventsEndpoint(sampler, figures, stopping).InvokeAsync));
        Map("/dashboard/snapshot", _sees, ("GET", new SnapshotEndpoint(sampler, figures, stopping).InvokeAsync));
        Map("/dashboard/processes", _observes, ("GET", new ProcessesEndpoint(registry, _time).InvokeAsync));
        Map("/dashboard/caches", _sees, ("GET", new CachesEndpoint(registry, _caches, options, services).InvokeAsync));
    }

    private void MapSession(DashboardCookie? cookie)
    {
        var session = new SessionEndpoint(_security, cookie);
        Map("/dashboard/session", _nobodyRefused, ("GET", session.TellAsync), ("DELETE", session.EndAsync));
        Map("/dashboard/sign-in", _anything, ("POST", session.BeginAsync));
    }

    private void MapCaches()
    {
        var inspect = new InspectEndpoint(registry, options, services.GetService<IHostEnvironment>(), _time);
        OnKey("inspect", "GET", RemansoScopes.Read, inspect.InvokeAsync);
        OnKey("delete", "POST", RemansoScopes.Write, EntryWriteEndpoint.DeleteAsync);
        OnKey("store", "POST", RemansoScopes.Write, WaitEndpoint.InvokeAsync);
        On("flush", RemansoScopes.Operate, ("POST", MaintenanceEndpoints.FlushAsync));
        On("invalidate", RemansoScopes.Operate, ("POST", MaintenanceEndpoints.InvalidateAsync));
        On("try", RemansoScopes.Operate, ("POST", new TryEndpoint(_time).InvokeAsync));
        On(
            "dead-letters",
            RemansoScopes.Operate,
            ("GET", DeadLettersEndpoint.ListAsync),
            ("POST", DeadLettersEndpoint.ReplayAsync),
            ("DELETE", DeadLettersEndpoint.DropAsync)
        );
        OnKey("dead-letter", "PUT", RemansoScopes.Operate, DeadLettersEndpoint.EditAsync);
    }

    private Task PageAsync(HttpContext context)
    {
        var path = context.Request.PathBase.Add(context.Request.Path).Value!;
        if (!path.EndsWith('/'))
        {
            // The addresses in the page are relative to its own.
            context.Response.Redirect(path[(path.LastIndexOf('/') + 1)..] + "/", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        }

        context.Response.Headers.Vary = "Accept";
        if (options.Otherwise is { } otherwise && !DashboardAssets.WantsPage(context.Request))
        {
            return otherwise(context);
        }

        return LetIn(context) ? DashboardAssets.SendPageAsync(context) : Refusal.NotLocal.SendAsync(context);
    }

    // Where there are keys, the page must come for people to sign in; where there are none, it is for the same machine, as the rest.
    private bool LetIn(HttpContext context) =>
        _security.HasCredentials || !ReferenceEquals(RemansoAccess.Of(context), RemansoAccess.Nothing);

    private void OnKey(string call, string method, RemansoScopes scope, Func<HttpContext, CacheContext, string, Task> handler)
    {
        On(call, scope, (method, Invoke));

        Task Invoke(HttpContext context, CacheContext cache)
        {
            var key = Query.Keys(context.Request, most: 1) is [var one] ? one : throw Problems.BadRequest("key is missing.");
            CacheKey.Validate(key);
            // As that of a path, for the audit log.
            context.Request.RouteValues["key"] = key;
            RemansoAccess.Of(context).Demand(scope, cache.Cache.Name, key);
            return handler(context, cache, key);
        }
    }

    private void On(string call, RemansoScopes scope, params (string Method, Func<HttpContext, CacheContext, Task> Handler)[] handlers)
    {
        var calls = handlers.Select(one =>
            (one.Method, (RequestDelegate)(context => one.Handler(context, _caches.Get(context.Request.RouteValues["cache"] as string))))
        );
        Map(OfCache + call, new ScopeRequirement(scope, cache: null), [.. calls]);
    }

    private void Map(string pattern, ScopeRequirement need, params (string Method, RequestDelegate Handler)[] handlers)
    {
        List<string> known = [];
        foreach (var (method, handler) in handlers)
        {
            string[] methods = method == "GET" ? ["GET", "HEAD"] : [method];
            known.AddRange(methods);
            Add(
                methods,
                method == "GET" ? handler : context => context.Request.Headers.ContainsKey(Header) ? handler(context) : throw Forged()
            );
        }

        var allow = string.Join(", ", known);
        Add(_others, context => Problems.MethodNotAllowed(context.Request.Method, allow).SendAsync(context));

        void Add(string[] methods, RequestDelegate handler)
        {
            var endpoint = group.MapMethods(pattern, methods, context => _errors.RunAsync(context, handler)).RequireRemansoScope(need);
            if (pattern != Page)
            {
                // A login of the application's is a page in place of this one, and no answer to a call of its.
                endpoint.DisableCookieRedirect();
            }
        }
    }

    private static ProblemException Forged() =>
        new(
            new Problem(
                StatusCodes.Status403Forbidden,
                "not-from-the-page",
                "This did not come from the dashboard",
                $"What changes something must have the header {Header}."
            )
        );
}

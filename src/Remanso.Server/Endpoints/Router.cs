using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Guards;
using Remanso.Server.Configuration;
using Remanso.Server.Http;

namespace Remanso.Server.Endpoints;

/// <summary>
/// The whole surface of the server: which path and method lead where. It matches the path as it was sent (see <see cref="RequestPath"/>), the two calls that
/// must be fast first, and turns every exception into an answer.
/// </summary>
internal sealed partial class Router(
    ServerSettings settings,
    CacheRouter caches,
    HealthEndpoints health,
    StatsEndpoint stats,
    MetricsEndpoint metrics,
    ILogger<Router> logger)
{
    private const string Get = "GET, HEAD";

    private readonly OnceASecond _told = new(TimeProvider.System);
    private readonly CacheRouter? _caches = settings.Role == Role.Worker ? null : caches;
    private readonly StaticPage _index = new("index.txt", MediaTypes.Text);
    private readonly StaticPage _openApi = new("openapi.json", MediaTypes.Json);

    public Task InvokeAsync(HttpContext context)
    {
        Task answer;
        try
        {
            answer = DispatchAsync(context);
        }
        catch (Exception exception) when (exception is not RemansoAccessDeniedException)
        {
            return FailAsync(context, exception);
        }

        return answer.IsCompletedSuccessfully ? answer : GuardAsync(context, answer);
    }

    private Task DispatchAsync(HttpContext context)
    {
        var path = RequestPath.Of(context);
        if (CacheRouter.Owns(path))
        {
            return _caches is null
                ? Problems.NotFound("This process has the role worker: it flushes, and serves no caches.").SendAsync(context)
                : _caches.DispatchAsync(context, path);
        }

        var method = context.Request.Method;
        return path switch
        {
            "/" or "/v1/stats" or "/metrics" or "/health/live" or "/health/ready" or "/openapi/v1.json" when !IsGet(method) =>
                Problems.MethodNotAllowed(method, Get).SendAsync(context),
            "/" => _index.InvokeAsync(context),
            "/v1/stats" => stats.InvokeAsync(context),
            "/metrics" => metrics.InvokeAsync(context),
            "/health/live" => HealthEndpoints.LiveAsync(context),
            "/health/ready" => health.ReadyAsync(context),
            "/openapi/v1.json" => _openApi.InvokeAsync(context),
            _ => Problems.NothingAt(path).SendAsync(context),
        };
    }

    private static bool IsGet(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);

    private async Task GuardAsync(HttpContext context, Task answer)
    {
        try
        {
            await answer;
        }
        catch (Exception exception) when (exception is not RemansoAccessDeniedException)
        {
            await FailAsync(context, exception);
        }
    }

    private Task FailAsync(HttpContext context, Exception exception)
    {
        if (ErrorMap.IsClientGone(exception, context))
        {
            return Task.CompletedTask;
        }

        var problem = ErrorMap.Explain(exception);
        if (problem is null)
        {
            LogFailed(logger, exception, context.Request.Method, RequestPath.Of(context).ToString());
            problem = new Problem(
                StatusCodes.Status500InternalServerError, "internal-error", "The server failed", "The server's log says why.");
        }

        else if (ErrorMap.IsToldInTheLog(exception) && _told.TryTake())
        {
            LogUnavailable(logger, problem.Name, exception.Message);
        }

        if (context.Response.HasStarted)
        {
            // The status is out: a broken connection is the only honest end of half an answer.
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Clear();
        StoredBody.Protect(context.Response.Headers, contentType: null);
        return problem.SendAsync(context);
    }

    [LoggerMessage(102, LogLevel.Warning, "Requests are answered with {Problem}; told once a second at most: {Error}")]
    private static partial void LogUnavailable(ILogger logger, string problem, string error);

    [LoggerMessage(101, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string method, string path);
}

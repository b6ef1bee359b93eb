using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.OpenApi;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Audit;
using Remanso.AspNetCore.Security.Guards;
using Remanso.Telemetry;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>Runs a call, and turns every exception into an answer. What is not granted is the guard's, which stands before it.</summary>
internal sealed partial class CallErrors(ILogger logger, TimeProvider time)
{
    private readonly ILogger _logger = SafeLogger.Of(logger);
    private readonly OnceASecond _told = new(time);

    public Task RunAsync(HttpContext context, RequestDelegate call)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        if (headers.CacheControl.Count == 0)
        {
            // What says nothing, a cache in between keeps for as long as it likes.
            headers.CacheControl = "no-cache";
        }

        Task answer;
        try
        {
            answer = call(context);
        }
        catch (Exception exception) when (exception is not RemansoAccessDeniedException)
        {
            return FailAsync(context, exception);
        }

        return answer.IsCompletedSuccessfully ? answer : AwaitAsync(context, answer);
    }

    private async Task AwaitAsync(HttpContext context, Task answer)
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

        var problem = Explain(context, exception);
        if (problem is null)
        {
            LogFailed(_logger, exception, CallName.Of(context), CallName.KeyHashOf(context));
            problem = Problems.Failed("The server's log says why.");
        }
        else if (ErrorMap.IsToldInTheLog(exception) && _told.TryTake())
        {
            LogUnavailable(_logger, problem.Name, exception.Message);
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

    /// <summary>What is told beside one of many. What it leaves out is for the log, once a second at most.</summary>
    /// <param name="context">The request.</param>
    /// <param name="exception">What went wrong.</param>
    /// <param name="failed">What is told where that is a fault of the server itself.</param>
    public Problem Beside(HttpContext context, Exception exception, string failed)
    {
        var problem = Explain(context, exception);
        if ((problem is null || ErrorMap.IsToldInTheLog(exception)) && _told.TryTake())
        {
            if (problem is null)
            {
                LogFailed(_logger, exception, CallName.Of(context), CallName.KeyHashOf(context));
            }
            else
            {
                LogUnavailable(_logger, problem.Name, exception.Message);
            }
        }

        return problem ?? Problems.Failed(failed);
    }

    // Only of a write it can be told whether it is accepted. What is waited for is, unless the wait itself found that it is lost.
    private static Problem? Explain(HttpContext context, Exception exception) =>
        ErrorMap.Explain(exception) switch
        {
            null => null,
            var problem when IsWrite(context) => ErrorMap.IsRefused(exception, problem) ? problem with { Accepted = false } : problem,
            var problem when exception is DurabilityNotReachedException or WriteSupersededException => problem,
            var problem => problem with { Accepted = null },
        };

    private static bool IsWrite(HttpContext context) =>
        !EntryCalls.IsWait(context.Request)
        && context.GetEndpoint()?.Metadata is { } call
        && (call.GetMetadata<ScopeRequirement>()?.Scope == RemansoScopes.Write || call.GetMetadata<CallDescription>() == Calls.Edit);

    [LoggerMessage(102, LogLevel.Warning, "Requests are answered with {Problem}; told once a second at most: {Error}")]
    private static partial void LogUnavailable(ILogger logger, string problem, string error);

    [LoggerMessage(101, LogLevel.Error, "{Action} failed, key {KeyHash}")]
    private static partial void LogFailed(ILogger logger, Exception exception, string action, string keyHash);
}

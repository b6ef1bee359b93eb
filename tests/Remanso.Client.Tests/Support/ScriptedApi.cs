using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Remanso.Client.Tests.Support;

/// <summary>A server on a real Kestrel whose n-th answer a test writes: what the real one would say only in trouble.</summary>
internal sealed class ScriptedApi : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedApi(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <summary>The requests in their order: method, target, and the fields that the client sets.</summary>
    public ConcurrentQueue<(string Call, IHeaderDictionary Fields)> Requests { get; } = new();

    public static async Task<ScriptedApi> StartAsync(Func<int, HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "Remanso.Client.Tests" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var api = new ScriptedApi(app);
        app.Run(context =>
        {
            api.Requests.Enqueue(
                (
                    $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}",
                    new HeaderDictionary(new Dictionary<string, StringValues>(context.Request.Headers, StringComparer.OrdinalIgnoreCase))
                )
            );
            return answer(api.Requests.Count, context);
        });
        await app.StartAsync();
        return api;
    }

    /// <summary>Answers a value as the API does.</summary>
    public static Task ValueAsync(HttpContext context, string value)
    {
        context.Response.Headers["Cache-Status"] = "Remanso; hit; detail=tier";
        return context.Response.WriteAsync(value);
    }

    /// <summary>Answers a problem as the API does.</summary>
    public static Task ProblemAsync(HttpContext context, int status, string name, int? retryAfter = null)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        if (retryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(provider: null);
        }

        return context.Response.WriteAsync(
            $$"""{"type":"urn:remanso:problem:{{name}}","title":"t","status":{{status}},"detail":"It is so."}"""
        );
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}

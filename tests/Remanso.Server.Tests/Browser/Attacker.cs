using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Remanso.Server.Tests.Browser;

/// <summary>Another site: serves a page that attacks, hears what the page found, and can itself be the victim that
/// guards nothing.</summary>
internal sealed class Attacker : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _writes = new();
    private readonly TaskCompletionSource<JsonElement> _report = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Attacker(WebApplication app) => _app = app;

    public string Page { get; set; } = string.Empty;

    /// <summary>What is done before the page's next request.</summary>
    public Action Switch { get; set; } = static () => { };

    public int Port => new Uri(_app.Urls.First()).Port;

    /// <summary>The bodies and paths of all writes that came here as if this were the victim.</summary>
    public IReadOnlyCollection<string> Writes => _writes;

    /// <summary>Whether a script that was stored at the victim ran.</summary>
    public bool ScriptRan { get; private set; }

    public static async Task<Attacker> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var attacker = new Attacker(app);
        app.Run(attacker.AnswerAsync);
        await app.StartAsync();
        return attacker;
    }

    /// <summary>This site under one of its names.</summary>
    public Uri At(string host) => new($"http://{host}:{Port}/page");

    /// <summary>What the page found.</summary>
    public Task<JsonElement> ReportAsync() => _report.Task.WaitAsync(TimeSpan.FromSeconds(150), TimeProvider.System);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        switch (path)
        {
            case "/page":
                context.Response.ContentType = "text/html; charset=utf-8";
                await context.Response.WriteAsync(Page);
                break;
            case "/done":
                using (var json = await JsonDocument.ParseAsync(context.Request.Body))
                {
                    _report.TrySetResult(json.RootElement.Clone());
                }

                break;
            case "/ran":
                ScriptRan = true;
                break;
            case "/switch":
                Switch();
                context.Response.Headers.Connection = "close";
                break;
            case "/get/secret":
                await context.Response.WriteAsync("planted-secret");
                break;
            case var _ when HttpMethods.IsPost(context.Request.Method):
                using (var reader = new StreamReader(context.Request.Body))
                {
                    _writes.Enqueue(path + " " + await reader.ReadToEndAsync());
                }

                break;
            default:
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync(BrowserAttackTests.StoredPage(Port));
                break;
        }
    }
}

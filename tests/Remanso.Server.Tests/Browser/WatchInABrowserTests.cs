using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Support;

namespace Remanso.Server.Tests.Browser;

/// <summary>The listing of the page about watches, in a real browser, on an origin that passes its calls on.</summary>
public sealed class WatchInABrowserTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_page_hears_on_after_a_restart_that_a_proxy_answered_with_502()
    {
        await using var server = await RunningServer.StartAsync();
        await using var origin = await Origin.StartAsync(server.Client);
        using var browser = new Chromium(origin.Page);

        Assert.Equal("gap", await origin.HeardAsync());
        await server.SendAsync("PUT", "/v1/caches/default/entries/price:1", "9.90", "text/plain");
        Assert.Equal("9.90", await origin.HeardAsync());

        // By itself it comes back after a second, once.
        origin.Cut(refusals: 1);
        Assert.Equal("gap", await origin.HeardAsync());
        await server.SendAsync("PUT", "/v1/caches/default/entries/price:1", "9.80", "text/plain");
        Assert.Equal("9.80", await origin.HeardAsync());
    }

    /// <summary>A page, and a proxy before the server.</summary>
    private sealed class Origin : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly HttpClient _server;
        private readonly Channel<string> _heard = Channel.CreateUnbounded<string>();
        private CancellationTokenSource _cut = new();
        private int _refusals;

        private Origin(WebApplication app, HttpClient server) => (_app, _server) = (app, server);

        public Uri Page => new(new Uri(_app.Urls.First()), "/page");

        public static async Task<Origin> StartAsync(HttpClient server)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var origin = new Origin(app, server);
            app.MapGet("/page", static () => Results.Content(PageText(), "text/html"));
            app.MapPost("/heard", origin.HearAsync);
            app.MapGet("/v1/{**path}", origin.PassOnAsync);
            await app.StartAsync();
            return origin;
        }

        /// <summary>The next that the page has heard.</summary>
        public Task<string> HeardAsync() => _heard.Reader.ReadAsync().AsTask().WaitAsync(_patience, TimeProvider.System);

        /// <summary>Ends the stream, and refuses whoever comes back so many times.</summary>
        public void Cut(int refusals)
        {
            Volatile.Write(ref _refusals, refusals);
            Interlocked.Exchange(ref _cut, new CancellationTokenSource()).Cancel();
        }

        public ValueTask DisposeAsync()
        {
            _cut.Cancel();
            return _app.DisposeAsync();
        }

        private static string PageText()
        {
            var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/reference/http-watch.md"));
            var listing = page.Split("```js\n")[1].Split("```")[0];
            Assert.Contains("EventSource", listing, StringComparison.Ordinal);
            return $$"""
                <script>
                const tell = body => fetch("/heard", { method: "POST", body });
                const readAgain = () => tell("gap");
                const show = event => tell(String(event.value));
                {{listing}}
                </script>
                """;
        }

        private async Task HearAsync(HttpContext context)
        {
            using var reader = new StreamReader(context.Request.Body);
            _heard.Writer.TryWrite(await reader.ReadToEndAsync());
        }

        private async Task PassOnAsync(HttpContext context)
        {
            var cut = Volatile.Read(ref _cut).Token;
            if (Interlocked.Decrement(ref _refusals) >= 0)
            {
                context.Response.StatusCode = StatusCodes.Status502BadGateway;
                return;
            }

            try
            {
                using var answer = await _server.GetAsync(
                    context.Request.Path + context.Request.QueryString,
                    HttpCompletionOption.ResponseHeadersRead,
                    cut
                );
                context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
                await using var events = await answer.Content.ReadAsStreamAsync(cut);
                var buffer = new byte[4096];
                while (await events.ReadAsync(buffer, cut) is > 0 and var length)
                {
                    await context.Response.Body.WriteAsync(buffer.AsMemory(0, length), cut);
                    await context.Response.Body.FlushAsync(cut);
                }
            }
            catch (OperationCanceledException)
            {
                context.Abort();
            }
        }
    }
}

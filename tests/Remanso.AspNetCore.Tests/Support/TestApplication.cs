using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Tests.Support;

/// <summary>A small application on a real Kestrel, with endpoints such as the API has, and a peer whose address a header sets.</summary>
internal sealed class TestApplication : IAsyncDisposable
{
    private const string PeerHeader = "Test-Peer";

    private readonly WebApplication _app;

    private TestApplication(WebApplication app, LogCollector logs)
    {
        _app = app;
        Logs = logs;
        Address = new Uri(app.Urls.First());
        Client = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public LogCollector Logs { get; }

    public static async Task<TestApplication> StartAsync(
        Action<RemansoSecurityOptions>? security = null,
        TimeProvider? time = null,
        bool gate = true,
        Action<IServiceCollection>? services = null,
        Action<RouteGroupBuilder>? group = null,
        string url = "http://127.0.0.1:0"
    )
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "Remanso.AspNetCore.Tests" });
        var logs = new LogCollector();
        builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(LogLevel.Trace);
        builder.WebHost.UseUrls(url);
        if (time is not null)
        {
            builder.Services.AddSingleton(time);
        }

        services?.Invoke(builder.Services);
        if (security is not null)
        {
            builder.Services.AddRemansoSecurity(security);
        }

        var app = builder.Build();
        app.Use(
            static (context, next) =>
            {
                if (context.Request.Headers.Remove(PeerHeader, out var peer))
                {
                    context.Connection.RemoteIpAddress = IPAddress.Parse(peer.ToString());
                }

                return next(context);
            }
        );
        if (security is not null && gate)
        {
            app.UseRemansoSecurity();
        }

        Map(app, group);
        await app.StartAsync();
        return new TestApplication(app, logs);
    }

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync("GET", path, null, headers);

    public async Task<Answer> SendAsync(string method, string path, string? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("text/plain"));
        }

        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        using var response = await Client.SendAsync(request);
        return await Answer.OfAsync(response);
    }

    /// <summary>Sends bytes as they are, and reads what comes back at first.</summary>
    public async Task<string> SendRawAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Address.Host, Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        var received = new byte[16 << 10];
        var length = 0;
        int read;
        while ((read = await stream.ReadAsync(received.AsMemory(length))) > 0)
        {
            length += read;
            if (received.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0)
            {
                break;
            }
        }

        return Encoding.UTF8.GetString(received, 0, length);
    }

    public static (string, string) Bearer(string text) => ("Authorization", "Bearer " + text);

    public static (string, string) From(string address) => (PeerHeader, address);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    private static void Map(WebApplication app, Action<RouteGroupBuilder>? group)
    {
        var api = app.MapGroup(string.Empty);
        api.MapGet("/v1/caches/{cache}/entries/{**key}", ReadAsync).RequireRemansoScope(RemansoScopes.Read);
        api.MapPut("/v1/caches/{cache}/entries/{**key}", ReadAsync).RequireRemansoScope(RemansoScopes.Write);
        api.MapPost("/v1/caches/{cache}/flush", static (HttpContext context) =>
            {
                RemansoAccess.Of(context).DemandEveryKey(RemansoScopes.Operate, (string)context.Request.RouteValues["cache"]!);
                return context.Response.WriteAsync("flushed");
            })
            .RequireRemansoScope(RemansoScopes.Operate);
        api.MapPost("/set", static async (HttpContext context) =>
            {
                using var reader = new StreamReader(context.Request.Body);
                RemansoAccess.Of(context).Demand(RemansoScopes.Write, "default", await reader.ReadToEndAsync());
                await context.Response.WriteAsync("set");
            })
            .RequireRemansoScope(RemansoScopes.Write, "default");
        api.MapGet("/v1/stats", static (HttpContext context) => context.Response.WriteAsync(RemansoAccess.Of(context).Id))
            .RequireRemansoScope(RemansoScopes.Observe);
        api.MapGet("/health/ready", static (HttpContext context) =>
                context.Response.WriteAsync(RemansoAccess.Of(context).Allows(RemansoScopes.Observe) ? "ready, details" : "ready")
            )
            .RequireRemansoScope(RemansoScopes.None);
        group?.Invoke(api);
    }

    private static Task ReadAsync(HttpContext context)
    {
        var access = RemansoAccess.Of(context);
        access.Demand(
            HttpMethods.IsGet(context.Request.Method) ? RemansoScopes.Read : RemansoScopes.Write,
            (string)context.Request.RouteValues["cache"]!,
            (string)context.Request.RouteValues["key"]!
        );
        return context.Response.WriteAsync("value for " + access.Id);
    }
}

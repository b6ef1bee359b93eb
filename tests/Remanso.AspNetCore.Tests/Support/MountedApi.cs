using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Support;

namespace Remanso.AspNetCore.Tests.Support;

/// <summary>The API in an application of somebody's, on a real Kestrel.</summary>
internal sealed class MountedApi : IAsyncDisposable
{
    private readonly WebApplication _app;

    private MountedApi(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Urls.First());
        Client = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public IEnumerable<RouteEndpoint> Endpoints => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    public static async Task<MountedApi> StartAsync(Action<WebApplication> map, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Remanso.AspNetCore.Tests" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder
            .Services.AddRemanso()
            .UseMemoryTier()
            .UseStore(static _ => new ScriptedStore())
            .AddCache<string, ReadOnlyMemory<byte>>("default");
        configure?.Invoke(builder);
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return new MountedApi(app);
    }

    public async Task<Answer> SendAsync(string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request);
        return await Answer.OfAsync(response);
    }

    /// <summary>Sends a target as it is: no client in between that tidies it up.</summary>
    public async Task<string> SendRawAsync(string method, string target, string body = "", string header = "Accept: */*")
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.UTF8.GetBytes(
                $"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{header}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"
            )
        );
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

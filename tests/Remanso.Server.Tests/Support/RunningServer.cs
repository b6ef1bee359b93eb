using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Remanso.AspNetCore.Http.Limits;
using Remanso.Server.Configuration;
using Remanso.Server.Hosting;
using Remanso.Stores;

namespace Remanso.Server.Tests.Support;

/// <summary>The server in this process, on a real Kestrel and a free port: with the engine over a new database, or in
/// front of a scripted cache.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TemporaryFolder? _folder;

    private RunningServer(WebApplication app, TemporaryFolder? folder)
    {
        _app = app;
        _folder = folder;
        Address = new Uri(app.Urls.First());
        Client = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public IEnumerable<Uri> Addresses => _app.Urls.Select(static url => new Uri(url));

    public HttpClient Client { get; }

    /// <summary>What the server holds for its callers.</summary>
    public ByteBudget Budget => _app.Services.GetRequiredService<TransferLimits>().Budget;

    public ICacheRegistry Registry => _app.Services.GetRequiredService<ICacheRegistry>();

    /// <summary>How many requests have reached the server.</summary>
    public long RequestsBegun => _app.Services.GetRequiredService<RequestCount>().Value;

    public static async Task<RunningServer> StartAsync(params string[] switches)
    {
        var folder = new TemporaryFolder();
        try
        {
            string[] all = ["--urls", "http://127.0.0.1:0", "--store", "sqlite:" + folder.File("remanso.db"), .. switches];
            return new RunningServer(await StartAsync(all, (services, settings) => services.AddCaches(settings)), folder);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>With these switches and no others: they say where to listen, and what the store is.</summary>
    public static async Task<RunningServer> StartAtAsync(params string[] switches) =>
        new(await StartAsync(switches, (services, settings) => services.AddCaches(settings)), folder: null);

    public static async Task<RunningServer> StartAsync(IStoreProvider store, params string[] switches) =>
        new(await StartAsync(["--urls", "http://127.0.0.1:0", .. switches], (services, settings) =>
            {
                services.AddCaches(settings);
                services.AddRemanso().UseStore(_ => store);
            }), folder: null);

    public static async Task<RunningServer> StartAsync(ScriptedCache cache, params string[] switches) =>
        new(
            await StartAsync(["--urls", "http://127.0.0.1:0", .. switches], (services, _) =>
                services.AddSingleton<ICacheRegistry>(new ScriptedRegistry(cache))
            ),
            folder: null
        );

    public async Task<HttpResponseMessage> SendAsync(
        string method,
        string path,
        string? body = null,
        string? type = null,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        }

        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return await Client.SendAsync(request);
    }

    /// <summary>Sends bytes as they are: no client in between that tidies paths up.</summary>
    public async Task<string> SendRawAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Address.Host, Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    public Task<string> GetRawAsync(string target) =>
        SendRawAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        try
        {
            await _app.StopAsync();
        }
        finally
        {
            await _app.DisposeAsync();
            _folder?.Dispose();
        }
    }

    private static async Task<WebApplication> StartAsync(string[] switches, Action<IServiceCollection, ServerSettings> addCaches)
    {
        var builder = WebServer.CreateBuilder(switches);
        var settings = ServerSettings.Read(builder.Configuration);
        addCaches(builder.Services, settings);
        builder.Services.AddSingleton<RequestCount>();
        builder.AddWebServer(settings);
        var app = builder.Build();
        try
        {
            app.Use(
                (context, next) =>
                {
                    app.Services.GetRequiredService<RequestCount>().Increment();
                    return next(context);
                }
            );
            app.UseHttpApi();
            await app.StartAsync();
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private sealed class RequestCount
    {
        private long _value;

        public long Value => Volatile.Read(ref _value);

        public void Increment() => Interlocked.Increment(ref _value);
    }
}

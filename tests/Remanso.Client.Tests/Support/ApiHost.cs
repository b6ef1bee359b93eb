using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.AspNetCore;
using Remanso.AspNetCore.Security;
using Remanso.Conformance.Support;

namespace Remanso.Client.Tests.Support;

/// <summary>The real API under a prefix, on a real Kestrel, in front of a store that a test scripts; and a client of it.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ApiHost(WebApplication app, ScriptedStore store, Action<RemansoClientOptions>? configure)
    {
        _app = app;
        Store = store;
        Address = new Uri(new Uri(app.Urls.First()), "cache");
        var options = new RemansoClientOptions { BaseAddress = Address };
        configure?.Invoke(options);
        Client = new RemansoClient(options);
        Cache = Client.Cache();
    }

    public Uri Address { get; }

    public ScriptedStore Store { get; }

    public RemansoClient Client { get; }

    public CacheClient Cache { get; }

    public static async Task<ApiHost> StartAsync(
        Action<CacheOptions>? cache = null,
        Action<RemansoSecurityOptions>? security = null,
        Action<RemansoClientOptions>? client = null,
        int port = 0
    )
    {
        var store = new ScriptedStore();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Remanso.Client.Tests" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder
            .Services.AddRemanso()
            .UseMemoryTier()
            .UseStore(_ => store)
            .AddCache<string, ReadOnlyMemory<byte>>("default", configuration => cache?.Invoke(configuration.Options));
        if (security is not null)
        {
            builder.Services.AddRemansoSecurity(security);
        }

        var app = builder.Build();
        if (security is not null)
        {
            app.UseRemansoSecurity();
        }

        app.UseRemansoPaths("/cache");
        app.UseRouting();
        app.MapRemanso("/cache");
        await app.StartAsync();
        return new ApiHost(app, store, client);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

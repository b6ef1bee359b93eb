using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.AspNetCore;
using Remanso.AspNetCore.Security;
using Remanso.Docs.Tests.Support;

namespace Remanso.Docs.Tests.Reference;

/// <summary>What <c>docs/reference/aspnetcore.md</c> and <c>docs/how-to/security.md</c> list.</summary>
public sealed class AspNetCorePageTests : ProgramFolder
{
    [Fact]
    public void The_API_stands_behind_a_policy_of_the_application() => RunPolicy([]);

    [Fact]
    public void The_caches_have_health_checks() => RunHealth([]);

    private static void RunPolicy(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddRemanso().UseSqlite("sqlite:data/shop.db").AddCache<string, ReadOnlyMemory<byte>>("default");
        builder.Services.AddAuthentication().AddJwtBearer();
        builder.Services.AddAuthorizationBuilder().AddPolicy("caches", policy => policy.RequireClaim("team", "shop"));
        StopAtOnce(builder);

        var app = builder.Build();
        app.MapGet("/", () => "the shop");
        app.MapRemanso("/cache").RequireAuthorization("caches");
        app.Run();
    }

    private static void RunHealth(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddRemanso().UseSqlite("sqlite:data/shop.db").AddCache<string, ReadOnlyMemory<byte>>("default");
        builder.Services.AddRemansoSecurity(security => security.KeyFile = "keys.json");
        builder.Services.AddHealthChecks().AddRemanso();
        StopAtOnce(builder);

        var app = builder.Build();
        app.MapHealthChecks("/health/live", new() { Predicate = check => check.Tags.Contains("live") });
        app.MapHealthChecks("/health/ready", new() { Predicate = check => check.Tags.Contains("ready") });
        File.WriteAllText("keys.json", """{"keys":[]}""");
        app.Run();
    }

    private static void StopAtOnce(WebApplicationBuilder builder)
    {
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHostedService<Stop>();
    }

    private sealed class Stop(IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken)
        {
            lifetime.ApplicationStarted.Register(lifetime.StopApplication);
            return Task.CompletedTask;
        }
    }
}

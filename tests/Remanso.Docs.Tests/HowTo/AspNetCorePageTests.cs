using System.Net;
using System.Net.Http.Json;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Remanso.Docs.Tests.HowTo;

/// <summary>What <c>docs/how-to/aspnetcore.md</c>, <c>dashboard.md</c> and <c>security.md</c>, their reference and the
/// page of the package list.</summary>
public sealed class AspNetCorePageTests : ProgramFolder
{
    public AspNetCorePageTests() => Directory.CreateDirectory("data");

    [Fact]
    public Task A_cache_a_dashboard_and_health() => WebProgram.RunAsync(Application, static async (client, services) =>
        {
            await services.GetRequiredService<ICache<int, User>>().SetAsync(42, new User("Alice", 7));
            Assert.Equal(new User("Alice", 7), await client.GetFromJsonAsync<User>("/users/42"));
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/ready")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/cache/")).StatusCode);
        });

    [Fact]
    public Task The_calls_beside_your_endpoints() =>
        WebProgram.RunAsync(WithKeys, static async (client, _) =>
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/get/a")).StatusCode)
        );

    [Fact]
    public Task The_calls_behind_a_policy() => WebProgram.RunAsync(WithPolicy, static async (client, _) =>
        {
            Assert.Equal("the shop", await client.GetStringAsync("/"));
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/cache/get/a")).StatusCode);
        });

    [Fact]
    public Task Both_health_checks_answer() => WebProgram.RunAsync(WithHealth, static async (client, _) =>
        {
            Assert.Equal("Healthy", await client.GetStringAsync("/health/live"));
            Assert.Equal("Healthy", await client.GetStringAsync("/health/ready"));
        });

    [Fact]
    public Task A_dashboard_of_your_own() =>
        WebProgram.RunAsync(WithDashboard, static async (client, _) =>
            Assert.NotEqual(HttpStatusCode.OK, (await client.GetAsync("/cache/api/v1/overview")).StatusCode)
        );

    [Fact]
    public Task The_page_of_the_package() =>
        WebProgram.RunAsync(Package, static async (client, _) =>
            Assert.NotEqual(HttpStatusCode.OK, (await client.GetAsync("/cache/get/a")).StatusCode)
        );

    [Fact]
    public async Task A_role_is_a_word()
    {
        var services = new ServiceCollection();
        services.AddRemanso().WithRole("worker");
        await using var built = services.BuildServiceProvider();
        Assert.NotNull(built.GetRequiredService<ICacheRegistry>());
    }

    [Fact]
    public async Task Metrics_and_traces()
    {
        var builder = Declared.Builder();
        var services = builder.Services;
        builder
            .Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddRemansoInstrumentation().AddOtlpExporter())
            .WithTracing(traces => traces.AddRemansoInstrumentation().AddOtlpExporter());
        services
            .AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddRemansoInstrumentation().AddOtlpExporter())
            .WithTracing(traces => traces.AddRemansoInstrumentation().AddOtlpExporter());
        builder
            .Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddRemansoInstrumentation())
            .WithTracing(tracing => tracing.AddRemansoInstrumentation());

        await using var built = services.BuildServiceProvider();
        Assert.NotNull(built.GetRequiredService<MeterProvider>());
        Assert.NotNull(built.GetRequiredService<TracerProvider>());
    }

    private static void Application(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddRemanso(builder.Configuration).UseSqlite("data/shop.db").AddCache<int, User>("users");
        builder.Services.AddHealthChecks().AddRemanso();
        var app = builder.Build();

        app.MapGet("/users/{id}", async (int id, ICache<int, User> users) => (await users.GetAsync(id)).Value);
        app.MapRemansoDashboard("/cache");
        app.MapHealthChecks("/health/ready", new() { Predicate = check => check.Tags.Contains("ready") });
        app.Run();
    }

    private static void WithKeys(string[] args)
    {
        File.WriteAllText("keys.json", """{"keys":[]}""");
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddRemanso().UseSqlite("data/shop.db").AddCache<string, ReadOnlyMemory<byte>>("default");
        builder.Services.AddRemansoSecurity(security => security.KeyFile = "keys.json");
        var app = builder.Build();
        app.MapRemanso("/api");
        app.Run();
    }

    private static void WithPolicy(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddRemanso().UseSqlite("sqlite:data/shop.db").AddCache<string, ReadOnlyMemory<byte>>("default");
        builder.Services.AddAuthentication().AddJwtBearer();
        builder.Services.AddAuthorizationBuilder().AddPolicy("caches", policy => policy.RequireClaim("team", "shop"));

        var app = builder.Build();
        app.MapGet("/", () => "the shop");
        app.MapRemanso("/cache").RequireAuthorization("caches"); // POST /cache/set, GET /cache/get/{key}, ...
        app.Run();
    }

    private static void WithHealth(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddRemanso().UseSqlite("data/shop.db").AddCache<int, User>("users");
        builder.Services.AddHealthChecks().AddRemanso();
        var app = builder.Build();
        Map(app);
        app.Run();
    }

    private static void Map(WebApplication app)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Services.AddHealthChecks().AddRemanso();
        app.MapHealthChecks("/health/live", new() { Predicate = check => check.Tags.Contains("live") });
        app.MapHealthChecks("/health/ready", new() { Predicate = check => check.Tags.Contains("ready") });
    }

    private static void WithDashboard(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddRemanso().UseSqlite("data/shop.db").AddCache<int, User>("users");
        AddOperators(builder);
        builder.Services.AddRemansoDashboard(options => options.Redact = value => value.Cache == "patients" ? null : value);
        var app = builder.Build();
        app.MapRemansoDashboard("/cache").RequireAuthorization("operators");
        app.Run();
    }

    private static void Package(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddRemanso().UseSqlite("app.db").AddCache<string, ReadOnlyMemory<byte>>("default");
        builder.Services.AddHealthChecks().AddRemanso();
        AddOperators(builder);
        var app = builder.Build();
        app.MapRemanso("/cache").RequireAuthorization("operators");
        app.MapRemansoDashboard();
        app.Run();
    }

    private static void AddOperators(WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication().AddJwtBearer();
        builder.Services.AddAuthorizationBuilder().AddPolicy("operators", policy => policy.RequireClaim("team", "operators"));
    }
}

using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Remanso.AspNetCore.Security.Guards;
using Remanso.AspNetCore.Tests.Support;

namespace Remanso.AspNetCore.Tests.Endpoints;

/// <summary>The API in an application that has endpoints, policies and filters of its own.</summary>
public sealed class MountTests
{
    private const string Set = """{"key":"user:42","value":"Alice"}""";

    [Theory]
    [InlineData("")]
    [InlineData("/app")]
    public async Task An_application_mounts_the_API_beside_its_own_endpoints_and_behind_its_own_policy(string pathBase)
    {
        await using var api = await MountedApi.StartAsync(
            app =>
            {
                app.UsePathBase(pathBase);
                app.UseRouting();
                app.UseAuthorization();
                app.MapGet("/", static () => "my own");
                app.MapRemanso("/cache").RequireAuthorization("billing");
            },
            AddPolicy
        );
        var team = ("Team", "billing");

        Assert.Equal("my own", (await api.SendAsync("GET", pathBase + "/")).Body);
        Assert.Equal(401, (await api.SendAsync("POST", pathBase + "/cache/set", Set)).Status);
        Assert.Equal(403, (await api.SendAsync("POST", pathBase + "/cache/set", Set, ("Team", "sales"))).Status);
        var set = await api.SendAsync("POST", pathBase + "/cache/set", Set, team);
        Assert.Equal(200, set.Status);
        Assert.StartsWith("""{"status":"cached","key":"user:42","value":"Alice","version":""", set.Body, StringComparison.Ordinal);
        Assert.Contains(
            "\"value\":\"Alice\"",
            (await api.SendAsync("GET", pathBase + "/cache/get/user:42", null, team)).Body,
            StringComparison.Ordinal
        );
        Assert.Equal("Alice", (await api.SendAsync("GET", pathBase + "/cache/v1/caches/default/entries/user%3A42", null, team)).Body);
        Assert.Equal("""{"status":"ready"}""", (await api.SendAsync("GET", pathBase + "/cache/health/ready", null, team)).Body);
        Assert.Equal(404, (await api.SendAsync("GET", pathBase + "/get/user:42", null, team)).Status);
        Assert.Equal(404, (await api.SendAsync("GET", pathBase + "/cache/nothing", null, team)).Status);
    }

    [Fact]
    public async Task What_the_application_adds_to_the_group_is_on_every_endpoint_of_it()
    {
        await using var api = await MountedApi.StartAsync(
            static app => app.MapRemanso("/cache").RequireAuthorization("billing").WithTags("mine"),
            AddPolicy
        );

        var endpoints = api.Endpoints.ToArray();

        Assert.True(endpoints.Length > 20);
        Assert.All(endpoints, static endpoint =>
        {
            Assert.StartsWith("/cache/", endpoint.RoutePattern.RawText, StringComparison.Ordinal);
            Assert.NotNull(endpoint.Metadata.GetMetadata<IAuthorizeData>());
            Assert.NotNull(endpoint.Metadata.GetMetadata<ScopeRequirement>());
            Assert.NotNull(endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Http.Metadata.ITagsMetadata>());
        });
    }

    [Fact]
    public async Task Rate_limits_hosts_and_filters_of_the_application_hold_for_the_API()
    {
        var filtered = 0;
        await using var api = await MountedApi.StartAsync(
            app =>
            {
                app.UseRateLimiter();
                app.MapRemanso("/limited").RequireRateLimiting("two");
                app.MapRemanso("/hosted").RequireHost("other.example");
                app.MapRemanso("/filtered")
                    .AddEndpointFilter(
                        (context, next) =>
                        {
                            filtered++;
                            return context.HttpContext.Request.Headers.ContainsKey("Stop")
                                ? ValueTask.FromResult<object?>(Results.StatusCode(418))
                                : next(context);
                        }
                    );
            },
            static builder =>
                builder.Services.AddRateLimiter(static limiter =>
                {
                    limiter.RejectionStatusCode = 429;
                    limiter.AddFixedWindowLimiter("two", static window => (window.PermitLimit, window.Window) = (2, TimeSpan.FromHours(1)));
                })
        );

        Assert.Equal(404, (await api.SendAsync("GET", "/limited/get/k")).Status);
        Assert.Equal(405, (await api.SendAsync("DELETE", "/limited/set")).Status);
        Assert.Equal(429, (await api.SendAsync("GET", "/limited/get/k")).Status);
        Assert.Equal(404, (await api.SendAsync("POST", "/hosted/set", Set)).Status);
        Assert.Equal(200, (await api.SendAsync("POST", "/filtered/set", Set)).Status);
        Assert.Equal(418, (await api.SendAsync("GET", "/filtered/get/user:42", null, ("Stop", "1"))).Status);
        Assert.Equal(2, filtered);
    }

    [Theory]
    [InlineData("GET", "/cache/v1/caches/default/entries/k", 404, "absent-key")]
    [InlineData("GET", "/cache/v1/caches/other/entries/k", 404, "unknown-cache")]
    [InlineData("GET", "/cache/v1/caches/typed/entries/k", 404, "unknown-cache")]
    [InlineData("GET", "/cache/v1/caches/default/what", 404, "not-found")]
    [InlineData("GET", "/cache/get/", 400, "invalid-key")]
    [InlineData("GET", "/cache/get", 404, "not-found")]
    [InlineData("GET", "/cache/get/%C3", 400, "bad-request")]
    [InlineData("PURGE", "/cache/get/k", 405, "method-not-allowed")]
    [InlineData("POST", "/cache/v1/caches/default/entries/k", 405, "method-not-allowed")]
    [InlineData("PUT", "/cache/v1/caches/default/dead-letters", 405, "method-not-allowed")]
    [InlineData("DELETE", "/cache/v1/stats", 405, "method-not-allowed")]
    public async Task What_is_wrong_is_a_problem_of_the_API(string method, string path, int status, string problem)
    {
        await using var api = await MountedApi.StartAsync(
            static app => app.MapRemanso("/cache"),
            static builder => builder.Services.AddRemanso().AddCache<int, string>("typed")
        );

        var answer = await api.SendAsync(method, path);

        Assert.Equal((status, problem), (answer.Status, answer.Problem));
        Assert.Equal(status == 405, answer.Header("Allow") is not null);
    }

    [Fact]
    public async Task A_cache_of_other_types_is_told_from_one_that_is_not_declared()
    {
        await using var api = await MountedApi.StartAsync(
            static app => app.MapRemanso("/cache"),
            static builder => builder.Services.AddRemanso().AddCache<int, string>("typed")
        );

        var typed = (await api.SendAsync("GET", "/cache/v1/caches/typed/entries/1")).Body;
        var other = (await api.SendAsync("GET", "/cache/v1/caches/other/entries/1")).Body;

        Assert.Contains("The cache 'typed' is declared, but not for HTTP", typed, StringComparison.Ordinal);
        Assert.DoesNotContain("Remanso:Caches", typed, StringComparison.Ordinal);
        Assert.Contains("The cache 'other' is not declared", other, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_mounts_serve_the_same_caches()
    {
        await using var api = await MountedApi.StartAsync(static app =>
        {
            app.MapRemanso("/one");
            app.MapGroup("/tenants/{tenant}").MapRemanso("/two");
        });

        Assert.Equal(200, (await api.SendAsync("POST", "/one/set", Set)).Status);
        Assert.Equal("Alice", (await api.SendAsync("GET", "/tenants/a/two/v1/caches/default/entries/user:42")).Body);
    }

    [Fact]
    public async Task Without_caches_the_application_says_what_to_call()
    {
        var builder = WebApplication.CreateSlimBuilder();
        await using var app = builder.Build();

        var error = Assert.Throws<InvalidOperationException>(() => app.MapRemanso());

        Assert.Contains("AddRemanso", error.Message, StringComparison.Ordinal);
    }

    private static void AddPolicy(WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication(TeamHandler.Name).AddScheme<AuthenticationSchemeOptions, TeamHandler>(TeamHandler.Name, null);
        builder.Services.AddAuthorizationBuilder().AddPolicy("billing", static policy => policy.RequireClaim("team", "billing"));
    }
}

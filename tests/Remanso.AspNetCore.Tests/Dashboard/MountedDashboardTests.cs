using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Remanso.AspNetCore.Dashboard;
using Remanso.AspNetCore.Http.Limits;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;
using Remanso.AspNetCore.Tests.Support;
using Remanso.Conformance.Servers;
using Remanso.Telemetry;
using Remanso.Testing;

namespace Remanso.AspNetCore.Tests.Dashboard;

/// <summary>The dashboard in an application that has paths and policies of its own.</summary>
public sealed class MountedDashboardTests
{
    private static readonly (string, string) _fromThePage = ("X-Remanso-Dashboard", "1");

    [Theory]
    [InlineData("", "/cache")]
    [InlineData("/app", "/cache")]
    [InlineData("/app", "")]
    public async Task It_lies_below_any_path_and_behind_a_policy_of_the_application(string pathBase, string prefix)
    {
        await using var api = await MountedApi.StartAsync(
            app =>
            {
                app.UsePathBase(pathBase);
                app.UseRouting();
                app.UseAuthorization();
                app.MapRemansoDashboard(prefix).RequireAuthorization("operators");
            },
            static builder =>
            {
                builder
                    .Services.AddAuthentication(TeamHandler.Name)
                    .AddScheme<AuthenticationSchemeOptions, TeamHandler>(TeamHandler.Name, null);
                builder
                    .Services.AddAuthorizationBuilder()
                    .AddPolicy("operators", static policy => policy.RequireClaim("team", "operators"));
            }
        );
        var at = pathBase + prefix;
        var team = ("Team", "operators");

        Assert.Equal(401, (await api.SendAsync("GET", at + "/")).Status);
        Assert.Equal(403, (await api.SendAsync("GET", at + "/dashboard/snapshot", null, ("Team", "sales"))).Status);
        var page = await api.SendAsync("GET", at + "/", null, team);
        Assert.Equal((200, "text/html; charset=utf-8"), (page.Status, page.Header("Content-Type")));
        Assert.Contains("src=\"dashboard/app.js\"", page.Body, StringComparison.Ordinal);
        Assert.Equal(200, (await api.SendAsync("GET", at + "/dashboard/app.js", null, team)).Status);
        Assert.Equal(200, (await api.SendAsync("GET", at + "/dashboard/snapshot", null, team)).Status);
        Assert.Equal(200, (await api.SendAsync("POST", at + "/dashboard/caches/default/flush", null, team, _fromThePage)).Status);
        if (prefix.Length > 0)
        {
            // The client follows to the address with its slash, to which the page's addresses are relative.
            Assert.Equal(page.Body, (await api.SendAsync("GET", at, null, team)).Body);
        }
    }

    [Fact]
    public async Task Behind_a_login_by_cookie_the_page_leads_to_it_and_a_call_is_401()
    {
        await using var api = await MountedApi.StartAsync(
            static app =>
            {
                app.MapGet("/Account/Login", static () => "a page");
                app.MapRemanso().RequireAuthorization();
                app.MapRemansoDashboard("/cache").RequireAuthorization();
            },
            static builder =>
            {
                builder.Services.AddAuthentication("c").AddCookie("c");
                builder.Services.AddAuthorization();
            }
        );

        Assert.Equal("a page", (await api.SendAsync("GET", "/cache/")).Body);
        foreach (
            var (method, path) in new[]
            {
                ("GET", "/cache/dashboard/snapshot"),
                ("GET", "/cache/dashboard/events"),
                ("GET", "/cache/dashboard/app.js"),
                ("POST", "/cache/dashboard/caches/default/delete?key=a"),
                ("GET", "/v1/caches/default/entries/a"),
                ("PUT", "/v1/caches/default/entries/a"),
                ("TRACE", "/v1/stats"),
            }
        )
        {
            Assert.Equal((path, 401), (path, (await api.SendAsync(method, path)).Status));
        }
    }

    [Fact]
    public async Task The_cookie_of_a_sign_in_is_of_its_port_and_for_https_where_the_page_came_by_it()
    {
        using var folder = new TemporaryFolder();
        var file = new RemansoKeyFile(folder.File("keys.json"), TimeProvider.System);
        var (key, text) = file.Create("app", new RemansoGrant(RemansoScopes.All, ["*"]));
        await using var api = await MountedApi.StartAsync(
            static app => app.MapRemansoDashboard(),
            builder => builder.Services.AddRemansoSecurity(security => security.KeyFile = file.Path)
        );
        var shown = TestApplication.Bearer(text);

        var behind = (
            await api.SendAsync(
                "POST",
                "/dashboard/sign-in",
                null,
                shown,
                _fromThePage,
                ("Host", "cache.example.com"),
                ("Origin", "https://cache.example.com"),
                ("Sec-Fetch-Site", "same-origin")
            )
        ).Header("Set-Cookie")!;

        Assert.Contains("\"known\":false", await SessionAsync(behind), StringComparison.Ordinal);
        var plain = (await api.SendAsync("POST", "/dashboard/sign-in", null, shown, _fromThePage)).Header("Set-Cookie")!;

        Assert.StartsWith($"remanso-dashboard-{api.Address.Port}=", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("secure", plain, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("remanso-dashboard=", behind, StringComparison.Ordinal);
        Assert.Contains("; secure", behind, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(key.Id, await SessionAsync(plain), StringComparison.Ordinal);

        async Task<string> SessionAsync(string cookie) =>
            (await api.SendAsync("GET", "/dashboard/session", null, ("Cookie", cookie.Split(';')[0]))).Body;
    }

    [Fact]
    public async Task A_cache_without_a_store_has_none_to_be_compared_with()
    {
        await using var api = await MountedApi.StartAsync(
            static app =>
            {
                app.MapRemanso();
                app.MapRemansoDashboard("/cache");
            },
            static builder =>
                builder.Services.AddRemanso().AddCache<string, ReadOnlyMemory<byte>>("aside", static cache => cache.WithoutStore = true)
        );

        Assert.Equal("off", await StoreAsync("aside"));
        Assert.Equal("missing", await StoreAsync("default"));

        async Task<string?> StoreAsync(string cache)
        {
            using var json = JsonDocument.Parse((await api.SendAsync("GET", $"/cache/dashboard/caches/{cache}/inspect?key=a")).Body);
            return json.RootElement.GetProperty("store").GetProperty("is").GetString();
        }
    }

    [Fact]
    public async Task One_budget_bounds_the_bytes_of_the_api_and_of_the_dashboard()
    {
        await using var api = await MountedApi.StartAsync(static app =>
        {
            app.MapRemanso();
            app.MapRemansoDashboard("/cache");
        });

        Assert.Single(api.Endpoints.Select(static endpoint => endpoint.Metadata.GetMetadata<TransferLimits>()!.Budget).Distinct());
    }

    [Fact]
    public async Task Values_are_shown_as_the_application_lets_them()
    {
        await using var api = await MountedApi.StartAsync(
            static app =>
            {
                app.MapRemanso();
                app.MapRemansoDashboard("/cache");
            },
            static builder =>
                builder.Services.AddRemansoDashboard(static options =>
                {
                    options.ShowsValues = true;
                    options.Redact = static value =>
                        value.Key.StartsWith("secret", StringComparison.Ordinal) ? null : value with { Bytes = value.Bytes[..3] };
                })
        );
        await api.SendAsync("PUT", "/v1/caches/default/entries/a", "abcdef");
        await api.SendAsync("PUT", "/v1/caches/default/entries/secret", "planted");

        using var shown = JsonDocument.Parse((await api.SendAsync("GET", "/cache/dashboard/caches/default/inspect?key=a")).Body);
        var hidden = (await api.SendAsync("GET", "/cache/dashboard/caches/default/inspect?key=secret")).Body;

        Assert.Equal("abc"u8, shown.RootElement.GetProperty("tier").GetProperty("value").GetBytesFromBase64());
        Assert.Contains("\"redacted\":true", hidden, StringComparison.Ordinal);
        Assert.DoesNotContain("\"value\"", hidden, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_asks_for_the_next_sample_holds_up_no_stop()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var api = await MountedApi.StartAsync(
            app =>
            {
                app.Use(
                    (context, next) =>
                    {
                        if (context.Request.Path.Value!.EndsWith("snapshot", StringComparison.Ordinal))
                        {
                            arrived.TrySetResult();
                        }

                        return next(context);
                    }
                );
                app.MapRemansoDashboard();
            },
            static builder => builder.Services.AddSingleton<TimeProvider>(new ManualTimeProvider())
        );

        // The clock stands, so that after the first sample there is no other.
        using var viewer = await api.Client.GetAsync("/dashboard/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await viewer.Content.ReadAsStreamAsync());
        while (!(await reader.ReadLineAsync())!.Contains("event: sample", StringComparison.Ordinal)) { }

        var asked = api.SendAsync("GET", "/dashboard/snapshot");
        await arrived.Task;

        api.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        Assert.Equal(200, (await asked.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System)).Status);
    }

    [Fact]
    public async Task The_key_of_a_call_stands_in_the_audit_log_as_its_hash()
    {
        using var logs = new LogCollector();
        await using var api = await MountedApi.StartAsync(
            static app => app.MapRemansoDashboard(),
            builder => builder.Logging.AddProvider(logs)
        );

        await api.SendAsync("PUT", "/dashboard/caches/default/dead-letter?key=planted", "v", _fromThePage);

        // The record is made when the answer is out.
        await Until.TrueAsync(() => logs.Audit.Count == 1, "the call is recorded");
        Assert.Contains($"cache default, key {new HashedKey("planted")}: 404", Assert.Single(logs.Audit).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_goes_ends_the_sampling_and_makes_room_for_another()
    {
        await using var api = await MountedApi.StartAsync(
            static app => app.MapRemansoDashboard(),
            static builder => builder.Services.AddRemansoDashboard(static options => options.MaxViewers = 2)
        );
        var sampler = api
            .Endpoints.Select(static endpoint => endpoint.Metadata.GetMetadata<DashboardSampler>())
            .OfType<DashboardSampler>()
            .Distinct()
            .Single();
        Assert.False(sampler.IsRunning);
        var one = await api.Client.GetAsync("/dashboard/events", HttpCompletionOption.ResponseHeadersRead);
        var two = await api.Client.GetAsync("/dashboard/events", HttpCompletionOption.ResponseHeadersRead);

        var third = await api.SendAsync("GET", "/dashboard/events");
        Assert.Equal("too-many-viewers", third.Problem);
        Assert.Equal((503, "5"), (third.Status, third.Header("Retry-After")));
        Assert.Equal(503, (await api.SendAsync("GET", "/dashboard/snapshot")).Status);
        Assert.True(sampler.IsRunning);

        one.Dispose();
        two.Dispose();
        await Until.TrueAsync(() => !sampler.IsRunning, "nobody looks");
        await sampler.Running.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        Assert.Equal(200, (await api.SendAsync("GET", "/dashboard/snapshot")).Status);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1001, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 200)]
    public void Options_out_of_their_range_are_refused(int viewers, int hours) =>
        Assert.Throws<CacheConfigurationException>(() =>
            new ServiceCollection().AddRemansoDashboard(options =>
            {
                options.MaxViewers = viewers;
                options.SignInLasts = TimeSpan.FromHours(hours);
            })
        );
}

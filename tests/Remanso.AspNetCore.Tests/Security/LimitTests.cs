using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Audit;
using Remanso.AspNetCore.Security.Guards;
using Remanso.AspNetCore.Security.Keys;
using Remanso.AspNetCore.Tests.Support;
using Remanso.Testing;

namespace Remanso.AspNetCore.Tests.Security;

public sealed class LimitTests : IDisposable
{
    private const string Entry = "/v1/caches/orders/entries/a";

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly RemansoKeyFile _file;

    public LimitTests() => _file = new RemansoKeyFile(_folder.File("keys.json"), _time);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Too_many_wrong_keys_are_429_and_a_right_one_from_the_same_address_is_answered_all_the_same()
    {
        var text = Create();
        await using var app = await TestApplication.StartAsync(options => options.KeyFile = _file.Path, _time);

        for (var i = 0; i < FailureBrake.Burst; i++)
        {
            Assert.Equal(401, (await app.GetAsync(Entry, TestApplication.Bearer(ApiKey.Create()))).Status);
        }

        for (var i = 0; i < 100; i++)
        {
            var answer = await app.GetAsync(Entry, TestApplication.Bearer(ApiKey.Create()));
            Assert.Equal(429, answer.Status);
            Assert.Equal("too-many-wrong-keys", answer.Problem);
            Assert.InRange(int.Parse(answer.Header("Retry-After")!, CultureInfo.InvariantCulture), 1, 3);
            Assert.Equal(200, (await app.GetAsync(Entry, TestApplication.Bearer(text))).Status);
        }

        Assert.Equal(401, (await app.GetAsync(Entry)).Status);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(401, (await app.GetAsync(Entry, TestApplication.Bearer(ApiKey.Create()))).Status);
        Assert.Equal(429, (await app.GetAsync(Entry, TestApplication.Bearer(ApiKey.Create()))).Status);
    }

    [Fact]
    public async Task A_wrong_key_leaves_its_trace_where_nobody_is_refused_as_well()
    {
        Create();
        await using var app = await TestApplication.StartAsync(options => options.KeyFile = _file.Path, _time);

        await app.GetAsync("/health/ready");
        for (var i = 0; i < FailureBrake.Burst; i++)
        {
            Assert.Equal(200, (await app.GetAsync("/health/ready", TestApplication.Bearer(ApiKey.Create()))).Status);
        }

        Assert.Equal(FailureBrake.Burst, app.Logs.Audit.Count);
        Assert.All(app.Logs.Audit, static record => Assert.Equal(302, record.Event));
        Assert.Equal(429, (await app.GetAsync(Entry, TestApplication.Bearer(ApiKey.Create()))).Status);
    }

    [Fact]
    public void The_brake_counts_each_address_and_a_network_of_ipv6_as_one()
    {
        var brake = new FailureBrake(_time);
        for (var i = 0; i < FailureBrake.Burst; i++)
        {
            Assert.Equal(0, brake.Count(IPAddress.Parse("2001:db8::" + i.ToString(CultureInfo.InvariantCulture))));
        }

        Assert.True(brake.Count(IPAddress.Parse("2001:db8::ffff")) > 0);
        var others = Enumerable
            .Range(1, 100)
            .Count(i => brake.Count(IPAddress.Parse("10.0.0." + i.ToString(CultureInfo.InvariantCulture))) > 0);
        Assert.InRange(others, 0, 2);
    }

    [Fact]
    public async Task A_key_above_its_rate_is_429_and_another_one_is_not()
    {
        var (busy, calm) = (Create(), Create());
        await using var app = await TestApplication.StartAsync(options =>
        {
            options.KeyFile = _file.Path;
            options.RequestsPerSecond = 2;
        });

        List<Answer> answers = [];
        for (var i = 0; i < 50; i++)
        {
            answers.Add(await app.GetAsync(Entry, TestApplication.Bearer(busy)));
        }

        var refused = answers.Where(static answer => answer.Status == 429).ToArray();
        Assert.True(refused.Length > 10, $"{refused.Length} of 50 were refused");
        Assert.All(refused, static answer => Assert.Equal("rate-limited", answer.Problem));
        Assert.All(refused, static answer => Assert.Equal("1", answer.Header("Retry-After")));
        Assert.Equal(200, (await app.GetAsync(Entry, TestApplication.Bearer(calm))).Status);
    }

    [Fact]
    public async Task Above_the_limit_of_requests_under_way_it_is_503_and_an_end_makes_room()
    {
        var release = new TaskCompletionSource();
        var options = new RemansoSecurityOptions { MaxRequests = 2 };
        using var gate = new RequestGate(_ => release.Task, options, new AuditLog(NullLoggerFactory.Instance, _time));
        var (first, second) = (gate.InvokeAsync(Request()), gate.InvokeAsync(Request()));

        var third = Request();
        await gate.InvokeAsync(third);
        Assert.Equal(503, third.Response.StatusCode);
        Assert.Equal("1", third.Response.Headers.RetryAfter);

        release.SetResult();
        await Task.WhenAll(first, second);
        var fourth = Request();
        await gate.InvokeAsync(fourth);
        Assert.Equal(200, fourth.Response.StatusCode);
    }

    [Fact]
    public async Task Whether_the_process_lives_is_told_above_the_limit_as_well()
    {
        var release = new TaskCompletionSource();
        var live = Request();
        live.Request.Path = "/health/live";
        using var gate = new RequestGate(
            context => context == live ? Task.CompletedTask : release.Task,
            new RemansoSecurityOptions { MaxRequests = 1 },
            new AuditLog(NullLoggerFactory.Instance, _time)
        );
        var held = gate.InvokeAsync(Request());

        await gate.InvokeAsync(live);
        Assert.Equal(200, live.Response.StatusCode);
        var other = Request();
        other.Request.Path = "/v1/caches/orders/entries/health/live";
        await gate.InvokeAsync(other);
        Assert.Equal(503, other.Response.StatusCode);

        release.SetResult();
        await held;
    }

    [Fact]
    public async Task Below_a_prefix_it_is_told_as_well()
    {
        Create();
        await using var api = await MountedApi.StartAsync(
            static app =>
            {
                app.UseRemansoSecurity();
                app.MapRemanso("/cache");
            },
            builder => builder.Services.AddRemansoSecurity(static options => options.MaxRequests = 1)
        );
        using var held = await api.Client.GetAsync("/cache/v1/caches/default/watch", HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(200, (await api.SendAsync("GET", "/cache/health/live")).Status);
        Assert.Equal("busy", (await api.SendAsync("GET", "/cache/health/ready")).Problem);
        Assert.Equal("busy", (await api.SendAsync("GET", "/cache/v1/caches/default/entries/health/live")).Problem);
    }

    [Fact]
    public async Task Above_half_of_that_a_watch_is_told_of_the_watches_and_not_of_bytes()
    {
        Create();
        await using var api = await MountedApi.StartAsync(
            static app =>
            {
                app.UseRemansoSecurity();
                app.MapRemanso();
            },
            builder => builder.Services.AddRemansoSecurity(static options => options.MaxRequests = 3)
        );
        const string Cache = "/v1/caches/default/";
        using var held = await api.Client.GetAsync(Cache + "watch", HttpCompletionOption.ResponseHeadersRead);

        foreach (var (method, call) in new[] { ("GET", "watch"), ("POST", "entries/k/wait?version=1") })
        {
            var refused = await api.SendAsync(method, Cache + call);
            Assert.Equal((503, "busy", "1"), (refused.Status, refused.Problem, refused.Header("Retry-After")));
            Assert.Contains("As many watches and waits are under way as may be", refused.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_applications_own_check_at_the_servers_path_tells_it_as_well()
    {
        await using var api = await MountedApi.StartAsync(
            static app =>
            {
                app.UseRemansoSecurity();
                app.MapHealthChecks("/health/live");
                app.MapRemanso("/cache");
            },
            static builder =>
            {
                builder.Services.AddHealthChecks();
                builder.Services.AddRemansoSecurity(static options => options.MaxRequests = 1);
            }
        );
        using var held = await api.Client.GetAsync("/cache/v1/caches/default/watch", HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal("Healthy", (await api.SendAsync("GET", "/health/live")).Body);
        Assert.Equal("busy", (await api.SendAsync("GET", "/cache/health/ready")).Problem);
    }

    [Fact]
    public async Task A_request_that_fails_makes_room_as_well()
    {
        using var gate = new RequestGate(
            static _ => Task.FromException(new InvalidOperationException("planned")),
            new RemansoSecurityOptions { MaxRequests = 1 },
            new AuditLog(NullLoggerFactory.Instance, _time)
        );

        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => gate.InvokeAsync(Request()));
        }
    }

    [Fact]
    public async Task A_step_that_throws_before_it_returns_a_task_makes_room_as_well()
    {
        using var gate = new RequestGate(
            static _ => throw new InvalidOperationException("planned"),
            new RemansoSecurityOptions { MaxRequests = 1 },
            new AuditLog(NullLoggerFactory.Instance, _time)
        );

        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => gate.InvokeAsync(Request()));
        }
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(1_000_001, 10)]
    [InlineData(10, 0)]
    public void A_limit_out_of_its_range_is_refused(int rate, int requests)
    {
        var options = new RemansoSecurityOptions { RequestsPerSecond = rate, MaxRequests = requests };

        Assert.Throws<CacheConfigurationException>(options.Validate);
    }

    private static DefaultHttpContext Request()
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Request.Host = new HostString("localhost");
        return context;
    }

    private string Create() => _file.Create(Guid.NewGuid().ToString("N"), new RemansoGrant(RemansoScopes.All, ["*"])).Text;
}

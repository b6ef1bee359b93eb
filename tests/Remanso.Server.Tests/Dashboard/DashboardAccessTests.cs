using System.Text.Json;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;
using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Dashboard;

/// <summary>Who sees the dashboard, and who may do something with it.</summary>
public sealed class DashboardAccessTests : IAsyncLifetime
{
    private const string Caches = "/dashboard/caches/orders/";

    private static readonly RemansoScopes[] _scopes =
    [
        RemansoScopes.Read,
        RemansoScopes.Write,
        RemansoScopes.Operate,
        RemansoScopes.Observe,
    ];
    private static readonly (string, string) _fromThePage = ("X-Remanso-Dashboard", "1");

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);
    private RemansoKeyFile _file = null!;
    private RunningServer _server = null!;

    /// <summary>Method, address, body, the scopes of which one is enough.</summary>
    public static TheoryData<string, string, string?, RemansoScopes> Calls =>
        new()
        {
            { "GET", "/dashboard/events", null, RemansoScopes.Read | RemansoScopes.Observe },
            { "GET", "/dashboard/snapshot", null, RemansoScopes.Read | RemansoScopes.Observe },
            { "GET", "/dashboard/processes", null, RemansoScopes.Observe },
            { "GET", "/dashboard/caches", null, RemansoScopes.Read | RemansoScopes.Observe },
            { "GET", Caches + "inspect?key=user:42", null, RemansoScopes.Read },
            { "POST", Caches + "delete?key=user:42", null, RemansoScopes.Write },
            { "POST", Caches + "store?key=user:42&version=1&timeout=1ms", null, RemansoScopes.Write },
            { "POST", Caches + "flush", null, RemansoScopes.Operate },
            { "POST", Caches + "invalidate", "{\"keys\":[\"user:42\"]}", RemansoScopes.Operate },
            { "GET", Caches + "dead-letters", null, RemansoScopes.Operate },
            { "POST", Caches + "dead-letters", "{\"keys\":[\"user:42\"]}", RemansoScopes.Operate },
            { "DELETE", Caches + "dead-letters", "{\"keys\":[\"user:42\"]}", RemansoScopes.Operate },
            { "PUT", Caches + "dead-letter?key=user:42", "x", RemansoScopes.Operate },
        };

    public async ValueTask InitializeAsync()
    {
        _file = new RemansoKeyFile(_folder.File("keys.json"), TimeProvider.System);
        foreach (var scope in _scopes)
        {
            _keys[scope.ToString()] = _file.Create(scope.ToString(), new RemansoGrant(scope, ["*"])).Text;
            _keys[scope + " elsewhere"] = _file.Create(scope + " elsewhere", new RemansoGrant(scope, ["users"])).Text;
        }

        _keys["prefix"] = _file.Create("prefix", new RemansoGrant(RemansoScopes.Operate, ["orders"], "user:")).Text;
        _keys["all"] = _file.Create("all", new RemansoGrant(RemansoScopes.All, ["*"])).Text;
        _server = await RunningServer.StartAsync(
            "--Remanso:Security:KeyFile",
            _file.Path,
            "--Remanso:Caches:orders:MaxTags",
            "16",
            "--Remanso:Caches:users:MaxTags",
            "16"
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_call_is_answered_to_those_who_may_and_to_nobody_else(
        string method,
        string address,
        string? body,
        RemansoScopes scopes
    )
    {
        Assert.Equal(401, await StatusAsync(method, address, body, null));
        Assert.Equal(401, await StatusAsync(method, address, body, "rmk_nonsense"));
        foreach (var scope in _scopes)
        {
            var status = await StatusAsync(method, address, body, _keys[scope.ToString()]);
            Assert.True(
                (scopes & scope) != 0 ? status is not (401 or 403 or 500) : status == 403,
                $"{method} {address} by {scope}: {status}"
            );
            if (address.StartsWith(Caches, StringComparison.Ordinal))
            {
                Assert.Equal(403, await StatusAsync(method, address, body, _keys[scope + " elsewhere"]));
            }
        }
    }

    [Theory]
    [InlineData("GET", "/v1/caches/orders/entries/absent", 404)]
    [InlineData("GET", "/v1/caches/nowhere/entries/k", 404)]
    [InlineData("PUT", "/v1/caches/orders/entries/absent", 412)]
    [InlineData("GET", Caches + "inspect", 400)]
    public async Task An_error_is_not_to_be_stored_either(string method, string address, int status)
    {
        using var answer = await _server.SendAsync(method, address, "v", null, Bearer(_keys["all"]), ("If-Match", "\"1\""));

        Assert.Equal((status, "no-store"), ((int)answer.StatusCode, answer.Header("Cache-Control")));
    }

    [Fact]
    public async Task A_burst_needs_all_that_it_does()
    {
        const string Body = "{\"readers\":2,\"writes\":2}";
        foreach (var scope in _scopes)
        {
            Assert.Equal(403, await StatusAsync("POST", Caches + "try", Body, _keys[scope.ToString()]));
        }

        Assert.Equal(200, await StatusAsync("POST", Caches + "try", Body, _keys["all"]));
    }

    [Theory]
    [InlineData("POST", "?all=true", 403)]
    [InlineData("DELETE", "?error=x", 403)]
    [InlineData("DELETE", "?prefix=order:", 403)]
    [InlineData("DELETE", "?prefix=user:4", 200)]
    public async Task Dead_letters_that_a_filter_chooses_are_those_of_the_keys_prefix(string method, string query, int status) =>
        Assert.Equal(status, await StatusAsync(method, Caches + "dead-letters" + query, null, _keys["prefix"]));

    [Fact]
    public async Task Figures_are_those_of_the_caches_that_one_may_see()
    {
        var answer = await _server.SendAsync("GET", "/dashboard/snapshot", null, null, Bearer(_keys["Read elsewhere"]));
        using var json = JsonDocument.Parse(await answer.TextAsync());

        Assert.Equal(
            ["users"],
            json.RootElement.GetProperty("sample").GetProperty("caches").EnumerateObject().Select(static cache => cache.Name)
        );
        Assert.False(json.RootElement.GetProperty("start").TryGetProperty("store", out _));
        Assert.DoesNotContain(Environment.MachineName, json.RootElement.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_in_opens_the_dashboard_and_nothing_else()
    {
        var signIn = await _server.SendAsync("POST", "/dashboard/sign-in", null, null, Bearer(_keys["all"]), _fromThePage);
        Assert.Equal(HttpStatusCode.OK, signIn.StatusCode);
        var text = signIn.Header("Set-Cookie")!;
        foreach (var part in new[] { "path=/dashboard;", "samesite=strict", "httponly" })
        {
            Assert.Contains(part, text + ";", StringComparison.OrdinalIgnoreCase);
        }

        Assert.DoesNotContain(_keys["all"], text, StringComparison.Ordinal);
        var cookie = ("Cookie", text.Split(';')[0]);

        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync("GET", "/dashboard/caches", null, null, cookie)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _server.SendAsync("GET", "/v1/stats", null, null, cookie)).StatusCode);
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await _server.SendAsync("GET", "/v1/caches/orders/entries/a", null, null, cookie)).StatusCode
        );

        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync("POST", Caches + "flush", null, null, cookie, _fromThePage)).StatusCode);
        await (await _server.SendAsync("POST", Caches + "flush", null, null, cookie)).AssertProblemAsync(403, "not-from-the-page");
        await (
            await _server.SendAsync("POST", Caches + "flush", null, null, cookie, _fromThePage, ("Origin", "http://evil.example"))
        ).AssertProblemAsync(403, "cross-site");
        await (
            await _server.SendAsync("POST", Caches + "flush", null, null, cookie, _fromThePage, ("Sec-Fetch-Site", "same-site"))
        ).AssertProblemAsync(403, "cross-site");
    }

    [Fact]
    public async Task A_key_that_is_removed_ends_its_sign_in()
    {
        var (key, text) = _file.Create("leaver", new RemansoGrant(RemansoScopes.All, ["*"]));
        await Until.TrueAsync(async () => await StatusAsync("GET", "/dashboard/caches", null, text) == 200, "the new key is known");
        var signIn = await _server.SendAsync("POST", "/dashboard/sign-in", null, null, Bearer(text), _fromThePage);
        var cookie = ("Cookie", signIn.Header("Set-Cookie")!.Split(';')[0]);
        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync("GET", "/dashboard/caches", null, null, cookie)).StatusCode);

        _file.Revoke(key.Id);

        await Until.TrueAsync(
            async () => (await _server.SendAsync("GET", "/dashboard/caches", null, null, cookie)).StatusCode == HttpStatusCode.Unauthorized,
            "the cookie opens nothing"
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_that_is_removed_ends_the_events_that_it_opened(bool signedIn)
    {
        var (key, text) = _file.Create("leaver", new RemansoGrant(RemansoScopes.Observe, ["*"]));
        await Until.TrueAsync(async () => await StatusAsync("GET", "/dashboard/caches", null, text) == 200, "the new key is known");
        var shown = Bearer(text);
        if (signedIn)
        {
            var signIn = await _server.SendAsync("POST", "/dashboard/sign-in", null, null, shown, _fromThePage);
            shown = ("Cookie", signIn.Header("Set-Cookie")!.Split(';')[0]);
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, "/dashboard/events");
        request.Headers.Add(shown.Item1, shown.Item2);
        using var events = await _server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await events.Content.ReadAsStreamAsync());
        Assert.NotNull(await reader.ReadLineAsync());

        _file.Revoke(key.Id);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        Assert.NotEmpty(await reader.ReadToEndAsync(patience.Token));
    }

    [Theory]
    [InlineData("made-up")]
    [InlineData("")]
    [InlineData("CfDJ8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_cookie_that_nobody_gave_opens_nothing(string cookie) =>
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (
                await _server.SendAsync(
                    "GET",
                    "/dashboard/caches",
                    null,
                    null,
                    ("Cookie", $"remanso-dashboard-{_server.Address.Port}={cookie}")
                )
            ).StatusCode
        );

    [Fact]
    public async Task A_wrong_key_does_not_sign_in()
    {
        var wrong = await _server.SendAsync("POST", "/dashboard/sign-in", null, null, Bearer(ApiKey.Create()), _fromThePage);

        await wrong.AssertProblemAsync(401, "unauthenticated");
        Assert.Null(wrong.Header("Set-Cookie"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/dashboard/app.js")]
    [InlineData("/dashboard/caches")]
    [InlineData("/dashboard/snapshot")]
    [InlineData("/dashboard/events")]
    public async Task Without_keys_only_the_same_machine_is_answered(string path)
    {
        await using var open = await RunningServer.StartAsync();

        Assert.StartsWith(
            "HTTP/1.1 403",
            await open.SendRawAsync(
                $"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nX-Forwarded-For: 203.0.113.7\r\nConnection: close\r\n\r\n"
            ),
            StringComparison.Ordinal
        );
    }

    private static (string, string) Bearer(string key) => ("Authorization", "Bearer " + key);

    private async Task<int> StatusAsync(string method, string address, string? body, string? key)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        request.Content = body is null ? null : new StringContent(body);
        request.Headers.Add("X-Remanso-Dashboard", "1");
        if (key is not null)
        {
            request.Headers.Add("Authorization", "Bearer " + key);
        }

        // Events have no end.
        using var answer = await _server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return (int)answer.StatusCode;
    }
}

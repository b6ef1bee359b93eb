using System.Text.Json;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;

namespace Remanso.Server.Tests.Security;

/// <summary>Every call of the server, asked by everybody: without a key, with a wrong and an expired one, with each
/// scope, for another cache and another prefix.</summary>
public sealed class AccessMatrixTests : IAsyncLifetime
{
    private const string Entry = "/v1/caches/orders/entries/user:42";
    private const string Keys = "{\"keys\":[\"user:42\"]}";

    private static readonly RemansoScopes[] _scopes =
    [
        RemansoScopes.Read,
        RemansoScopes.Write,
        RemansoScopes.Operate,
        RemansoScopes.Observe,
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private RunningServer _server = null!;

    /// <summary>Method, path, body, scope, whether it asks for the key user:42 of the cache orders alone (false: for
    /// all keys; null: for no cache).</summary>
    public static TheoryData<string, string, string?, RemansoScopes, bool?> Calls =>
        new()
        {
            { "GET", Entry, null, RemansoScopes.Read, true },
            { "HEAD", Entry, null, RemansoScopes.Read, true },
            { "GET", "/v1/caches/orders/entries/%75ser%3A42", null, RemansoScopes.Read, true },
            { "POST", "/v1/caches/orders/entries:batch-get", "[\"user:42\"]", RemansoScopes.Read, null },
            { "GET", "/v1/caches/orders/watch?key=user:42", null, RemansoScopes.Read, true },
            { "HEAD", "/v1/caches/orders/watch?key=user:42", null, RemansoScopes.Read, true },
            { "GET", "/v1/caches/orders/watch", null, RemansoScopes.Read, null },
            { "GET", "/v1/caches/orders/watch?prefix=user:&values=true", null, RemansoScopes.Read, null },
            { "PUT", Entry, "x", RemansoScopes.Write, true },
            { "PATCH", Entry, "{}", RemansoScopes.Write, true },
            { "DELETE", Entry, null, RemansoScopes.Write, true },
            { "POST", Entry + "/increment", null, RemansoScopes.Write, true },
            { "POST", Entry + "/merge", "{\"op\":\"max\",\"value\":1}", RemansoScopes.Write, true },
            { "POST", Entry + "/wait?version=1&timeout=1ms", null, RemansoScopes.Write, true },
            { "POST", "/v1/caches/orders/entries:batch-set", "[{\"key\":\"user:42\",\"value\":1}]", RemansoScopes.Write, null },
            { "POST", "/v1/caches/orders/flush", null, RemansoScopes.Operate, false },
            { "POST", "/v1/caches/orders/invalidate", Keys, RemansoScopes.Operate, true },
            { "POST", "/v1/caches/orders/invalidate", "{\"tags\":[\"t\"]}", RemansoScopes.Operate, false },
            { "POST", "/v1/caches/orders/invalidate", "{\"all\":true}", RemansoScopes.Operate, false },
            { "POST", "/v1/caches/orders/expire", Keys, RemansoScopes.Operate, true },
            { "POST", "/v1/caches/orders/expire", "{\"tags\":[\"t\"]}", RemansoScopes.Operate, false },
            { "POST", "/v1/caches/orders/expire", "{\"all\":true}", RemansoScopes.Operate, false },
            { "POST", "/v1/caches/orders/preload", Keys, RemansoScopes.Operate, true },
            { "GET", "/v1/caches/orders/dead-letters", null, RemansoScopes.Operate, null },
            { "HEAD", "/v1/caches/orders/dead-letters", null, RemansoScopes.Operate, null },
            { "POST", "/v1/caches/orders/dead-letters", Keys, RemansoScopes.Operate, true },
            { "DELETE", "/v1/caches/orders/dead-letters", Keys, RemansoScopes.Operate, true },
            { "POST", "/v1/caches/orders/dead-letters?all=true", null, RemansoScopes.Operate, false },
            { "POST", "/v1/caches/orders/dead-letters?olderThan=2h", null, RemansoScopes.Operate, false },
            { "POST", "/v1/caches/orders/dead-letters?prefix=user:4&olderThan=2h", null, RemansoScopes.Operate, true },
            { "DELETE", "/v1/caches/orders/dead-letters?all=true", null, RemansoScopes.Operate, false },
            { "DELETE", "/v1/caches/orders/dead-letters?olderThan=1h", null, RemansoScopes.Operate, false },
            { "DELETE", "/v1/caches/orders/dead-letters?all=true&prefix=user:", null, RemansoScopes.Operate, true },
            { "DELETE", "/v1/caches/orders/dead-letters?prefix=user", null, RemansoScopes.Operate, false },
            { "PUT", "/v1/caches/orders/dead-letters/user:42", "x", RemansoScopes.Operate, true },
            { "POST", "/v1/caches/orders/something-new", null, RemansoScopes.Operate, null },
        };

    public static TheoryData<string> CallsThatObserve => ["/v1/stats", "/v1/processes", "/metrics"];

    public static TheoryData<string> CallsForEverybody => ["/", "/health/live", "/health/ready", "/openapi/v1.json", "/docs/"];

    public async ValueTask InitializeAsync()
    {
        var file = new RemansoKeyFile(_folder.File("keys.json"), TimeProvider.System);
        foreach (var scope in _scopes)
        {
            Add(file, scope + " everywhere", scope, "*", null);
            Add(file, scope + " here", scope, "ord*", null);
            Add(file, scope + " prefix", scope, "orders", "user:");
            Add(file, scope + " other prefix", scope, "orders", "order:");
            Add(file, scope + " other cache", scope, "users", null);
        }

        Add(file, "default", RemansoScopes.All, "default", "user:");
        Add(file, "expired", RemansoScopes.All, "*", null, TimeSpan.FromTicks(1));
        _texts["wrong"] = ApiKey();
        _server = await RunningServer.StartAsync(
            "--Remanso:Security:KeyFile",
            file.Path,
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
    public async Task A_call_of_a_cache_is_answered_to_those_who_may_and_to_nobody_else(
        string method,
        string path,
        string? body,
        RemansoScopes scope,
        bool? oneKey
    )
    {
        await MustBeAsync(401, method, path, body, null, "wrong", "expired");
        foreach (var other in _scopes.Where(other => other != scope))
        {
            await MustBeAsync(403, method, path, body, other + " everywhere", other + " here", other + " prefix");
        }

        await MustBeAsync(403, method, path, body, scope + " other cache");
        await MustBeAsync(null, method, path, body, scope + " everywhere", scope + " here");
        await MustBeAsync(oneKey == false ? 403 : null, method, path, body, scope + " prefix");
        await MustBeAsync(oneKey is null ? null : 403, method, path, body, scope + " other prefix");
    }

    [Theory]
    [MemberData(nameof(CallsThatObserve))]
    public async Task What_observes_is_answered_to_observers(string path)
    {
        await MustBeAsync(401, "GET", path, null, null, "wrong", "expired");
        foreach (var other in _scopes.Where(static other => other != RemansoScopes.Observe))
        {
            await MustBeAsync(403, "GET", path, null, other + " everywhere");
        }

        await MustBeAsync(200, "GET", path, null, "Observe everywhere");
        await MustBeAsync(path == "/metrics" ? 403 : 200, "GET", path, null, "Observe here", "Observe prefix", "Observe other cache");
    }

    [Theory]
    [MemberData(nameof(CallsForEverybody))]
    public async Task What_needs_no_scope_is_answered_to_everybody(string path) =>
        await MustBeAsync(200, "GET", path, null, [null, "wrong", "expired", .. _texts.Keys]);

    [Theory]
    [InlineData("GET", "/get/user:42", null, 404)]
    [InlineData("HEAD", "/get/user:42", null, 404)]
    [InlineData("GET", "/get/order:1", null, 403)]
    [InlineData("POST", "/set", "{\"key\":\"user:42\",\"value\":1}", 200)]
    [InlineData("POST", "/set", "{\"key\":\"order:1\",\"value\":1}", 403)]
    public async Task The_original_calls_use_the_cache_default(string method, string path, string? body, int status)
    {
        await MustBeAsync(401, method, path, body, null, "wrong", "expired");
        await MustBeAsync(403, method, path, body, "Read here", "Write here", "Operate everywhere", "Observe everywhere");
        await MustBeAsync(status, method, path, body, "default");
    }

    [Fact]
    public async Task Statistics_show_the_caches_that_are_granted()
    {
        Assert.Equal(["orders"], await CachesAsync("Observe here"));
        Assert.Equal(["users"], await CachesAsync("Observe other cache"));
        Assert.Equal(["default", "orders", "users"], await CachesAsync("Observe everywhere"));
    }

    [Fact]
    public async Task Processes_show_the_caches_that_are_granted()
    {
        Assert.Equal(["orders"], await OfProcessAsync("Observe here"));
        Assert.Equal(["users"], await OfProcessAsync("Observe other cache"));
        Assert.Equal(["default", "orders", "users"], await OfProcessAsync("Observe everywhere"));

        async Task<string[]> OfProcessAsync(string key)
        {
            using var document = JsonDocument.Parse(await (await SendAsync("GET", "/v1/processes", null, key)).Content.ReadAsStringAsync());
            var process = Assert.Single(document.RootElement.GetProperty("processes").EnumerateArray());
            Assert.Equal(
                (true, "alive", "all"),
                (
                    process.GetProperty("this").GetBoolean(),
                    process.GetProperty("state").GetString(),
                    process.GetProperty("role").GetString()
                )
            );
            return [.. process.GetProperty("caches").EnumerateObject().Select(static cache => cache.Name)];
        }
    }

    [Fact]
    public async Task Each_element_of_a_batch_is_judged_on_its_own()
    {
        var set = await SendAsync(
            "POST",
            "/v1/caches/orders/entries:batch-set",
            "[{\"key\":\"user:1\",\"value\":1},{\"key\":\"order:1\",\"value\":2},{\"key\":\"user:2\",\"value\":3},{\"key\":\"user:3\",\"value\":4}]",
            "Write prefix"
        );
        Assert.Equal("202 403 202 202", Statuses(await set.Content.ReadAsStringAsync()));

        var get = await SendAsync("POST", "/v1/caches/orders/entries:batch-get", "[\"user:1\",\"order:1\",\"user:9\",\"\"]", "Read prefix");
        Assert.Equal("200 403 404 400", Statuses(await get.Content.ReadAsStringAsync()));
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await SendAsync("GET", "/v1/caches/orders/entries/order:1", null, "Read everywhere")).StatusCode
        );
    }

    [Fact]
    public async Task A_forbidden_cache_and_an_unknown_one_answer_alike()
    {
        foreach (var path in new[] { "entries/a", "entries:batch-get", "flush", "dead-letters", "nothing", "" })
        {
            var forbidden = await SendAsync("GET", "/v1/caches/users/" + path, null, "Read here");
            var unknown = await SendAsync("GET", "/v1/caches/nosuch/" + path, null, "Read here");

            Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
            Assert.Equal(
                await forbidden.Content.ReadAsStringAsync(),
                (await unknown.Content.ReadAsStringAsync()).Replace("nosuch", "users", StringComparison.Ordinal)
            );
        }
    }

    private static string Statuses(string json)
    {
        using var document = JsonDocument.Parse(json);
        return string.Join(' ', document.RootElement.EnumerateArray().Select(static element => element.GetProperty("status").GetInt32()));
    }

    // A well-formed key that is nobody's.
    private string ApiKey()
    {
        var elsewhere = new RemansoKeyFile(_folder.File("elsewhere.json"), TimeProvider.System);
        return elsewhere.Create("wrong", new RemansoGrant(RemansoScopes.All, ["*"])).Text;
    }

    private void Add(RemansoKeyFile file, string name, RemansoScopes scopes, string cache, string? prefix, TimeSpan? lifetime = null) =>
        _texts[name] = file.Create(name, new RemansoGrant(scopes, [cache], prefix), lifetime).Text;

    private async Task<string[]> CachesAsync(string key)
    {
        using var document = JsonDocument.Parse(await (await SendAsync("GET", "/v1/stats", null, key)).Content.ReadAsStringAsync());
        return
        [
            .. document
                .RootElement.GetProperty("caches")
                .EnumerateObject()
                .Select(static cache => cache.Name)
                .Order(StringComparer.Ordinal),
        ];
    }

    private async Task MustBeAsync(int? status, string method, string path, string? body, params string?[] keys)
    {
        foreach (var key in keys)
        {
            using var answer = await SendAsync(method, path, body, key);
            var got = (int)answer.StatusCode;
            var right = status is null
                ? got is not (401 or 403 or >= 500) || got == 504
                : got == status || (status == 401 && got == 429 && key is "wrong" or "expired");
            Assert.True(right, $"{method} {path} with the key '{key}': {got}, not {status?.ToString(provider: null) ?? "let through"}");
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string path, string? body, string? key)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(
                body,
                null as Encoding,
                method == "PATCH" ? "application/merge-patch+json" : "application/octet-stream"
            );
        }

        if (key is not null)
        {
            request.Headers.Add("Authorization", "Bearer " + _texts[key]);
        }

        // A watch has no end.
        return await _server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}

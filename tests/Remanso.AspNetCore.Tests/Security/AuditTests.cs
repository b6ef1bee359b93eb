using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Audit;
using Remanso.AspNetCore.Security.Keys;
using Remanso.AspNetCore.Tests.Support;
using Remanso.Conformance.Support;
using Remanso.Telemetry;
using Remanso.Testing;

namespace Remanso.AspNetCore.Tests.Security;

public sealed class AuditTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly RemansoKeyFile _file;

    public AuditTests() => _file = new RemansoKeyFile(_folder.File("keys.json"), _time);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_operation_is_recorded_with_who_where_what_and_outcome()
    {
        var (key, text) = _file.Create("ops", new RemansoGrant(RemansoScopes.Operate, ["*"]));
        await using var app = await StartAsync();

        await app.SendAsync("POST", "/v1/caches/orders/flush", null, TestApplication.Bearer(text), TestApplication.From("203.0.113.7"));

        var record = Assert.Single(app.Logs.Audit);
        Assert.Equal(301, record.Event);
        Assert.Equal($"{key.Id} at 203.0.113.7: POST /v1/caches/{{cache}}/flush, cache orders, key -: 200", record.Text);
    }

    [Fact]
    public async Task Every_refusal_is_recorded_and_the_key_of_an_entry_only_as_its_hash()
    {
        var (key, text) = _file.Create("app", new RemansoGrant(RemansoScopes.Read, ["orders"], "a"));
        await using var app = await StartAsync();

        await app.GetAsync("/v1/caches/orders/entries/planted-entry", TestApplication.Bearer(text));
        await app.GetAsync("/v1/caches/users/entries/a", TestApplication.Bearer(text));
        await app.GetAsync("/v1/caches/orders/entries/a");
        await app.GetAsync("/v1/caches/orders/entries/a", TestApplication.Bearer("planted-wrong-key"));
        await app.SendAsync("POST", "/set", "planted-body", ("Origin", "http://evil.example"));

        Assert.Equal(
            [
                $"{key.Id} at 127.0.0.1: GET /v1/caches/{{cache}}/entries/{{**key}}, cache orders, key "
                    + $"{new HashedKey("planted-entry")}: refused, forbidden (403)",
                $"{key.Id} at 127.0.0.1: GET /v1/caches/{{cache}}/entries/{{**key}}, cache users, key {new HashedKey("a")}: "
                    + "refused, forbidden (403)",
                $"- at 127.0.0.1: GET /v1/caches/{{cache}}/entries/{{**key}}, cache orders, key {new HashedKey("a")}: "
                    + "refused, unauthenticated (401)",
                $"- at 127.0.0.1: GET /v1/caches/{{cache}}/entries/{{**key}}, cache orders, key {new HashedKey("a")}: "
                    + "refused, unauthenticated (401)",
                "- at 127.0.0.1: POST /set, cache default, key -: refused, cross-site (403)",
            ],
            app.Logs.Audit.Select(static record => record.Text)
        );
        Assert.All(app.Logs.Audit, static record => Assert.Equal(302, record.Event));
    }

    [Theory]
    [InlineData("PUT", "entries/a%2Fb", "a/b")]
    [InlineData("PUT", "entries/a%252Fb", "a%2Fb")]
    [InlineData("PUT", "entries/..%2F../a", "../../a")]
    [InlineData("POST", "entries/a/increment", "a")]
    [InlineData("POST", "entries/a%2Fb/merge", "a/b")]
    [InlineData("POST", "entries/a/wait", "a")]
    [InlineData("PUT", "entries/a/wait", "a/wait")]
    [InlineData("PUT", "dead-letters/a%20b", "a b")]
    public async Task Who_is_refused_before_the_key_is_decoded_is_recorded_with_the_keys_own_hash(string method, string path, string key)
    {
        using var logs = new LogCollector();
        await using var api = await MountAsync(logs, "/cache");

        await api.SendRawAsync(method, "/cache/v1/caches/default/" + path);

        var record = Assert.Single(logs.Audit).Text;
        Assert.Contains($", key {new HashedKey(key)}: refused, unauthenticated", record, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PUT", "/v1/caches/orders/entries/user:42", "/v1/caches/{cache}/entries/{**key}", "orders", "user:42")]
    [InlineData("PUT", "/v1/caches/shop%2Deu/entries/a%2Fb/c", "/v1/caches/{cache}/entries/{**key}", "shop-eu", "a/b/c")]
    [InlineData("POST", "/v1/caches/orders/entries/a/increment?x=1", "/v1/caches/{cache}/entries/{**key}", "orders", "a")]
    [InlineData("PUT", "/v1/caches/orders/dead-letters/a%20b", "/v1/caches/{cache}/dead-letters/{**key}", "orders", "a b")]
    [InlineData("POST", "/v1/caches/orders/flush", "/v1/caches/{cache}/flush", "orders", null)]
    [InlineData("POST", "/v1/caches/user@example.com/flush", "/v1/caches/{cache}/flush", "?", null)]
    [InlineData("POST", "/v1/caches/%zz/flush", "/v1/caches/{cache}/flush", "?", null)]
    [InlineData("PUT", "/v1/caches/orders/entries/%zz", "/v1/caches/{cache}/entries/{**key}", "orders", null)]
    [InlineData("POST", "/get/a/b", "/get/{**key}", "default", "a/b")]
    [InlineData("POST", "/v1/stats", "/v1/stats", "-", null)]
    public async Task What_the_gate_refuses_is_recorded_with_cache_and_key(
        string method,
        string path,
        string call,
        string cache,
        string? key
    )
    {
        // Before routing, as in the server, and behind it, where an application does not say where.
        foreach (var isBeforeRouting in new[] { true, false })
        {
            using var logs = new LogCollector();
            await using var api = await MountAsync(logs, configure: app =>
            {
                app.UseRemansoSecurity();
                if (isBeforeRouting)
                {
                    app.UseRouting();
                }
            });

            await api.SendRawAsync(method, path, header: "Origin: http://evil.example");

            Assert.Equal(
                $"- at 127.0.0.1: {method} {call}, cache {cache}, key {(key is null ? "-" : new HashedKey(key).ToString())}: "
                    + "refused, cross-site (403)",
                Assert.Single(logs.Audit).Text
            );
        }
    }

    [Theory]
    [InlineData("entries/%zz")]
    [InlineData("entries/%ff")]
    public async Task A_key_that_can_not_be_decoded_has_none(string path)
    {
        using var logs = new LogCollector();
        await using var api = await MountAsync(logs);

        await api.SendRawAsync("PUT", "/v1/caches/default/" + path);

        Assert.Contains(", key -: refused, unauthenticated", Assert.Single(logs.Audit).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/caches/a%0Ab%1B%5B2K%0Dinfo:%20Remanso.Audit/entries/k")]
    [InlineData("/v1/caches/user@example.com/entries/k")]
    [InlineData("/v1/caches/*/entries/k")]
    [InlineData("/v1/caches/{long}/entries/k")]
    [InlineData("/v1/caches/%1B/flush")]
    public async Task What_no_cache_can_be_named_is_not_repeated(string path)
    {
        using var logs = new LogCollector();
        await using var api = await MountAsync(logs);

        await api.SendRawAsync(path.EndsWith("flush", StringComparison.Ordinal) ? "POST" : "GET", path.Replace("{long}", new('a', 8000)));

        var record = Assert.Single(logs.Audit).Text;
        Assert.Contains(", cache ?, key ", record, StringComparison.Ordinal);
        Assert.DoesNotContain(record, char.IsControl);
        Assert.InRange(record.Length, 1, 200);
    }

    [Fact]
    public async Task Of_many_refusals_in_a_second_only_some_are_recorded_and_the_others_counted()
    {
        _file.Create("app", new RemansoGrant(RemansoScopes.Read, ["*"]));
        await using var app = await StartAsync();

        for (var i = 0; i < 100; i++)
        {
            await app.GetAsync("/v1/stats");
        }

        Assert.Equal(20, app.Logs.Audit.Count);
        _time.Advance(TimeSpan.FromSeconds(1));
        await app.GetAsync("/v1/stats");
        Assert.Equal("80 records of refusals were left out, too many came at once", app.Logs.Audit[20].Text);
        Assert.Equal(22, app.Logs.Audit.Count);
    }

    [Fact]
    public void Of_many_operations_in_a_second_500_are_recorded_and_the_others_counted()
    {
        var log = new RecordingLog();
        var audit = new AuditLog(log, _time);
        for (var i = 0; i < 501; i++)
        {
            audit.Operated(new DefaultHttpContext(), "ops", "orders");
        }

        Assert.Equal(500, log.Lines.Count);
        _time.Advance(TimeSpan.FromSeconds(1));
        audit.Operated(new DefaultHttpContext(), "ops", "orders");
        Assert.Contains("1 records of operations were left out", log.Lines.ElementAt(500), StringComparison.Ordinal);
        Assert.Equal(502, log.Lines.Count);
    }

    [Fact]
    public async Task No_key_stands_in_any_log_or_answer()
    {
        var (_, right) = _file.Create("app", new RemansoGrant(RemansoScopes.Read, ["orders"]));
        var (_, expired) = _file.Create("old", new RemansoGrant(RemansoScopes.Read, ["orders"]), TimeSpan.FromSeconds(1));
        var wrong = ApiKey.Create();
        await using var app = await StartAsync();
        _time.Advance(TimeSpan.FromSeconds(2));

        List<string> seen = [];
        foreach (var text in new[] { right, expired, wrong, right[..70] })
        {
            foreach (var path in new[] { "/v1/caches/orders/entries/a", "/v1/caches/users/entries/a", "/v1/stats", "/nowhere" })
            {
                foreach (var header in new[] { ("Authorization", "Bearer " + text), ("X-Api-Key", text) })
                {
                    var answer = await app.GetAsync(path, header);
                    seen.Add(answer.Body + string.Join(' ', answer.Headers));
                }
            }
        }

        seen.AddRange(app.Logs.Records.Select(static record => record.Text));
        foreach (var text in new[] { right, expired, wrong })
        {
            Assert.DoesNotContain(seen, line => line.Contains(text[20..60], StringComparison.Ordinal));
        }
    }

    private Task<MountedApi> MountAsync(LogCollector logs, string prefix = "", Action<WebApplication>? configure = null)
    {
        _file.Create("app", new RemansoGrant(RemansoScopes.Read, ["*"]));
        return MountedApi.StartAsync(
            app =>
            {
                configure?.Invoke(app);
                app.MapRemanso(prefix);
            },
            builder =>
            {
                builder.Logging.AddProvider(logs);
                builder.Services.AddRemansoSecurity(options => options.KeyFile = _file.Path);
            }
        );
    }

    private Task<TestApplication> StartAsync() => TestApplication.StartAsync(options => options.KeyFile = _file.Path, _time);
}

using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;
using Remanso.AspNetCore.Tests.Support;
using Remanso.Testing;

namespace Remanso.AspNetCore.Tests.Security;

public sealed class KeyAccessTests : IDisposable
{
    private const string Entry = "/v1/caches/orders/entries/user:42";

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly RemansoKeyFile _file;

    public KeyAccessTests() => _file = new RemansoKeyFile(_folder.File("keys.json"), _time);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_a_key_it_is_401_with_a_challenge_whatever_the_peer()
    {
        await using var app = await StartAsync();

        foreach (var peer in new[] { "127.0.0.1", "203.0.113.7" })
        {
            var answer = await app.GetAsync(Entry, TestApplication.From(peer));
            Assert.Equal("unauthenticated", answer.Problem);
            Assert.Equal(401, answer.Status);
            Assert.Equal("Bearer realm=\"remanso\"", answer.Header("WWW-Authenticate"));
        }
    }

    [Fact]
    public async Task A_key_is_taken_from_either_header_and_never_from_the_query()
    {
        var text = Create(RemansoScopes.Read);
        await using var app = await StartAsync();

        Assert.Equal(200, (await app.GetAsync(Entry, TestApplication.Bearer(text))).Status);
        Assert.Equal(200, (await app.GetAsync(Entry, ("Authorization", "bearer  " + text))).Status);
        Assert.Equal(200, (await app.GetAsync(Entry, ("X-Api-Key", text))).Status);
        Assert.Equal(200, (await app.GetAsync(Entry, ("X-Api-Key", text), ("Authorization", "Basic eDp5"))).Status);
        Assert.Equal(401, (await app.GetAsync(Entry + "?api_key=" + text + "&access_token=" + text + "&X-Api-Key=" + text)).Status);
        Assert.Equal(401, (await app.GetAsync(Entry, ("Authorization", text))).Status);
        Assert.Equal(401, (await app.GetAsync(Entry, ("Authorization", "Basic " + text))).Status);
        Assert.Equal(401, (await app.GetAsync(Entry, ("Cookie", "X-Api-Key=" + text))).Status);
    }

    [Fact]
    public async Task A_wrong_a_mistyped_and_an_expired_key_are_401_and_say_what_they_are()
    {
        var text = Create(RemansoScopes.Read);
        var (_, shortLived) = _file.Create("short", new RemansoGrant(RemansoScopes.All, ["*"]), TimeSpan.FromSeconds(5));
        await using var app = await StartAsync();
        _time.Advance(TimeSpan.FromSeconds(5));

        foreach (
            var (wrong, says) in new[]
            {
                (ApiKey.Create(), "not valid here"),
                (text[..^1], "no key, or only a part"),
                (shortLived, "expired"),
                ("eyJ.e30.x", "no key"),
            }
        )
        {
            var answer = await app.GetAsync(Entry, TestApplication.Bearer(wrong));
            Assert.Equal(401, answer.Status);
            Assert.Equal("unauthenticated", answer.Problem);
            Assert.Equal("Bearer realm=\"remanso\", error=\"invalid_token\"", answer.Header("WWW-Authenticate"));
            Assert.Contains(says, answer.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_scope_that_lacks_is_403_and_named()
    {
        var text = Create(RemansoScopes.Read);
        await using var app = await StartAsync();

        var answer = await app.SendAsync("PUT", Entry, "x", TestApplication.Bearer(text));

        Assert.Equal(403, answer.Status);
        Assert.Equal("forbidden", answer.Problem);
        Assert.Contains("\"scope\":\"write\"", answer.Body, StringComparison.Ordinal);
        Assert.Equal("Bearer realm=\"remanso\", error=\"insufficient_scope\", scope=\"write\"", answer.Header("WWW-Authenticate"));
        Assert.Equal("no-store", answer.Header("Cache-Control"));
    }

    [Fact]
    public async Task An_unknown_cache_and_a_forbidden_one_answer_alike()
    {
        var text = Create(RemansoScopes.All, "orders");
        await using var app = await StartAsync();

        var forbidden = await app.GetAsync("/v1/caches/users/entries/a", TestApplication.Bearer(text));
        var unknown = await app.GetAsync("/v1/caches/nosuch/entries/a", TestApplication.Bearer(text));

        Assert.Equal(403, forbidden.Status);
        Assert.Equal(forbidden.Body, unknown.Body.Replace("nosuch", "users", StringComparison.Ordinal));
        Assert.Equal(forbidden.Headers.Keys.Order(), unknown.Headers.Keys.Order());
    }

    [Theory]
    [InlineData("user:42", 200)]
    [InlineData("user%3A42", 200)]
    [InlineData("%75ser:42", 200)]
    [InlineData("User:42", 403)]
    [InlineData("order:1", 403)]
    public async Task A_prefix_is_compared_with_the_decoded_key(string escaped, int status)
    {
        var text = Create(RemansoScopes.Read, "*", "user:");
        await using var app = await StartAsync();

        Assert.Equal(status, (await app.GetAsync("/v1/caches/orders/entries/" + escaped, TestApplication.Bearer(text))).Status);
    }

    [Fact]
    public async Task What_concerns_every_key_needs_a_grant_without_a_prefix()
    {
        var some = Create(RemansoScopes.Operate, "*", "user:");
        var all = Create(RemansoScopes.Operate, "orders");
        await using var app = await StartAsync();

        Assert.Equal(403, (await app.SendAsync("POST", "/v1/caches/orders/flush", null, TestApplication.Bearer(some))).Status);
        Assert.Equal(200, (await app.SendAsync("POST", "/v1/caches/orders/flush", null, TestApplication.Bearer(all))).Status);
        Assert.Equal(403, (await app.SendAsync("POST", "/v1/caches/users/flush", null, TestApplication.Bearer(all))).Status);
    }

    [Fact]
    public async Task A_refusal_for_the_scope_comes_before_the_body_is_read()
    {
        var text = Create(RemansoScopes.Read);
        await using var app = await StartAsync();

        var answer = await app.SendRawAsync(
            $"POST /set HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {text}\r\nExpect: "
                + "100-continue\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n"
        );

        Assert.StartsWith("HTTP/1.1 403", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_needs_no_scope_is_answered_to_all_and_tells_more_to_those_who_may_observe()
    {
        var reader = Create(RemansoScopes.Read);
        var observer = Create(RemansoScopes.Observe);
        await using var app = await StartAsync();

        Assert.Equal("ready", (await app.GetAsync("/health/ready")).Body);
        Assert.Equal("ready", (await app.GetAsync("/health/ready", TestApplication.Bearer("wrong"))).Body);
        Assert.Equal("ready", (await app.GetAsync("/health/ready", TestApplication.Bearer(reader))).Body);
        Assert.Equal("ready, details", (await app.GetAsync("/health/ready", TestApplication.Bearer(observer))).Body);
    }

    [Fact]
    public async Task Answers_to_a_key_are_not_to_be_stored()
    {
        var text = Create(RemansoScopes.Read);
        await using var app = await StartAsync();

        Assert.Equal("no-store", (await app.GetAsync(Entry, TestApplication.Bearer(text))).Header("Cache-Control"));
    }

    private string Create(RemansoScopes scopes, string cache = "*", string? prefix = null) =>
        _file.Create(Guid.NewGuid().ToString("N"), new RemansoGrant(scopes, [cache], prefix)).Text;

    private Task<TestApplication> StartAsync()
    {
        if (!_file.Exists)
        {
            Create(RemansoScopes.Read);
        }

        return TestApplication.StartAsync(options => options.KeyFile = _file.Path, _time);
    }
}

using System.Text.Json;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;
using Remanso.Entries;

namespace Remanso.Server.Tests.Security;

/// <summary>Why the database did not take an entry has its address, path or table: that is for those who may observe.</summary>
public sealed class StoreReasonTests : IAsyncLifetime
{
    private const string Reason = "mysql://10.1.2.3:3306/shop refused: CONSTRAINT `nobad` failed for `shop`.`cache_data` (error 4025)";
    private const string Hidden = "The database did not take it; the scope observe shows why.";
    private const string Letters = "/v1/caches/default/dead-letters";
    private const string DashboardLetters = "/dashboard/caches/default/dead-letters";

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        var file = new RemansoKeyFile(_folder.File("keys.json"), TimeProvider.System);
        Add("operate", new RemansoGrant(RemansoScopes.Operate | RemansoScopes.Write, ["*"]));
        Add("operate of user", new RemansoGrant(RemansoScopes.Operate, ["*"], "user:"));
        Add("both", new RemansoGrant(RemansoScopes.Operate | RemansoScopes.Observe, ["*"]));
        Add("both of user", new RemansoGrant(RemansoScopes.Operate | RemansoScopes.Observe, ["*"], "user:"));
        var entry = new CacheEntry { Version = 5, Value = new byte[3] };
        _server = await RunningServer.StartAsync(
            new ScriptedCache
            {
                DeadLetters = [new DeadLetter("order:1", entry, Reason, 0), new DeadLetter("user:1", entry, Reason, 0)],
                Report = new FlushReport(
                    0,
                    new Dictionary<string, string>(StringComparer.Ordinal) { ["order:1"] = Reason, ["user:1"] = Reason }
                ),
            },
            "--Remanso:Security:KeyFile",
            file.Path
        );

        void Add(string name, RemansoGrant grant) => _keys.Add(name, file.Create(name, grant).Text);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("operate", "order:1 hidden, user:1 hidden")]
    [InlineData("operate of user", "user:1 hidden")]
    [InlineData("both", "order:1 shown, user:1 shown")]
    [InlineData("both of user", "user:1 shown")]
    public async Task The_reason_of_a_dead_letter_is_for_those_who_may_observe_its_key(string key, string seen)
    {
        foreach (var path in new[] { Letters, DashboardLetters })
        {
            Assert.Equal(seen, Seen((await (await SendAsync("GET", path, key)).JsonAsync()).GetProperty("deadLetters")));
        }
    }

    [Theory]
    [InlineData("operate", "order:1 hidden, user:1 hidden")]
    [InlineData("both", "order:1 shown, user:1 shown")]
    public async Task The_reason_of_a_failed_flush_is_for_those_who_may_observe_its_key(string key, string seen)
    {
        foreach (var path in new[] { "/v1/caches/default/flush", "/dashboard/caches/default/flush" })
        {
            Assert.Equal(seen, Seen((await (await SendAsync("POST", path, key)).JsonAsync()).GetProperty("failed")));
        }
    }

    [Fact]
    public async Task Who_may_not_see_a_reason_may_not_search_it_either()
    {
        foreach (var path in new[] { Letters, DashboardLetters })
        {
            foreach (var method in new[] { "GET", "POST", "DELETE" })
            {
                await MustAsync(403, "operate");
                await MustAsync(200, "both");
                Assert.Equal(403, (int)(await SendAsync(method, path + "?prefix=user:&error=10.1", "operate of user")).StatusCode);
                Assert.Equal(200, (int)(await SendAsync(method, path + "?prefix=user:&error=10.1", "both of user")).StatusCode);

                async Task MustAsync(int status, string key) =>
                    Assert.Equal(status, (int)(await SendAsync(method, path + "?error=10.1", key)).StatusCode);
            }

            var partly = await (await SendAsync("GET", path + "?error=10.1&max=1", "both of user")).JsonAsync();
            Assert.Equal("user:1 shown", Seen(partly.GetProperty("deadLetters")));
        }
    }

    private Task<HttpResponseMessage> SendAsync(string method, string path, string key) =>
        _server.SendAsync(method, path, null, null, ("Authorization", "Bearer " + _keys[key]), ("X-Remanso-Dashboard", "1"));

    private static string Seen(JsonElement failures) =>
        string.Join(
            ", ",
            failures
                .EnumerateArray()
                .Select(static one =>
                    one.GetProperty("key").GetString()
                    + one.GetProperty("error").GetString() switch
                    {
                        Reason => " shown",
                        Hidden => " hidden",
                        var other => " " + other,
                    }
                )
        );
}

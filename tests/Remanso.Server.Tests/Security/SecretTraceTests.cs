using Npgsql;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;
using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Security;

/// <summary>The process as it is deployed, asked for everything while its servers come and go: its log has no
/// password, API key, value or key of an entry, and nobody is told of them who did not send them.</summary>
public sealed class SecretTraceTests : IAsyncLifetime
{
    private const string Value = "planted-value";
    private const string Key = "planted-entry";
    private const string Refused = Key + "-refused";

    private readonly TemporaryFolder _folder = new();
    private readonly PostgresServer _postgres = new();
    private readonly List<string> _apiKeys = [];
    private RedisProcess _redis = null!;

    public async ValueTask InitializeAsync()
    {
        await _postgres.InitializeAsync();
        _redis = await RedisProcess.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _postgres.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Neither_the_log_nor_an_error_nor_a_figure_has_a_password_an_api_key_a_value_or_a_key_of_an_entry()
    {
        var file = new RemansoKeyFile(_folder.File("keys.json"), TimeProvider.System);
        var all = Create(file, RemansoScopes.All);
        var user = Create(file, RemansoScopes.Read | RemansoScopes.Write);
        var wrong = Create(new RemansoKeyFile(_folder.File("elsewhere.json"), TimeProvider.System), RemansoScopes.All);
        await using var server = await ServerProcess.StartAsync(
            _folder.Path,
            "--tier",
            _redis.Address,
            "--store",
            _postgres.RoleUrl,
            "--Remanso:Security:KeyFile",
            file.Path,
            "--Logging:Console:FormatterName",
            "json",
            "--Logging:LogLevel:Default",
            "Information",
            "--Remanso:Caches:default:Flush:Interval",
            "00:00:00.050",
            "--Remanso:Caches:default:Flush:StoredTimeout",
            "00:00:00.500",
            "--Remanso:Caches:default:Ttl:Base",
            "00:00:00.200",
            "--Remanso:Caches:default:Ttl:Grace",
            "1:00:00"
        );
        await RefuseAsync();

        await CallAllAsync(server, all, user, wrong);
        await Until.TrueAsync(
            async () => (await GetAsync(server, "/v1/caches/default/dead-letters", all)).Contains(Refused, StringComparison.Ordinal),
            "a row is refused"
        );

        await _postgres.StopAsync();
        await CallAllAsync(server, all, user, wrong);
        await _postgres.StartAsync();

        _redis.Kill();
        await CallAllAsync(server, all, user, wrong);
        await _redis.StartAgainAsync();
        await CallAllAsync(server, all, user, wrong);

        var (_, errors) = await server.TerminateAsync();
        var log = await server.Output;
        Assert.Contains("Remanso.Audit", log, StringComparison.Ordinal);
        Assert.Contains("for good", log, StringComparison.Ordinal);
        AssertClean("the log", log);
        AssertClean("the start", server.Banner);
        AssertClean("the errors", errors);
    }

    private Task CallAllAsync(ServerProcess server, string all, string user, string wrong) =>
        Task.WhenAll(new[] { all, user, wrong, null }.Select(key => CallAllAsync(server, key, isObserver: key == all)));

    private async Task CallAllAsync(ServerProcess server, string? key, bool isObserver)
    {
        const string Entries = "/v1/caches/default/entries";
        // At once, for what is away lets each of them wait.
        await Task.WhenAll(
            new (string, string, string?)[]
            {
                ("PUT", $"{Entries}/{Key}", Value),
                ("GET", $"{Entries}/{Key}", null),
                ("GET", $"{Entries}/{Key}?source=db", null),
                ("GET", $"{Entries}/{Key}?source=cache", null),
                ("PUT", $"{Entries}/{Refused}", Value),
                ("PUT", $"{Entries}/{Refused}?durability=stored", Value),
                ("POST", $"{Entries}/{Key}/increment", "{\"by\":1}"),
                ("POST", $"{Entries}/{Key}/merge", $"{{\"op\":\"append\",\"value\":[\"{Value}\"]}}"),
                ("POST", $"{Entries}/{Key}/merge", $"{{\"op\":\"{Value}\"}}"),
                ("PATCH", $"{Entries}/{Key}", $"{{\"a\":\"{Value}\"}}"),
                ("PUT", $"{Entries}/{Key}?lifetime=soon", Value),
                ("PUT", $"{Entries}/{Key}?durability=replicated", Value),
                ("POST", "/set", $"{{\"key\":\"{Key}\",\"value\":\"{Value}\"}}"),
                ("POST", "/set", $"{{\"key\":\"{Key}\",\"value\":\"{Value}"),
                ("GET", $"/get/{Key}", null),
                ("GET", $"/get/{Key}?source=db", null),
                (
                    "POST",
                    $"{Entries}:batch-set",
                    $"[{{\"key\":\"{Refused}\",\"value\":\"{Value}\"}},{{\"key\":\"{Key}\",\"value\":\"{Value}\"}}]"
                ),
                ("POST", $"{Entries}:batch-set", $"[{{\"key\":\"{Key}\",\"value\":{Value}}}]"),
                ("POST", $"{Entries}:batch-get", $"[\"{Key}\"]"),
                ("POST", "/v1/caches/default/invalidate", $"{{\"keys\":[\"{Key}\"]}}"),
                ("POST", "/v1/caches/default/expire", $"{{\"keys\":[\"{Key}\"]}}"),
                ("POST", "/v1/caches/default/preload", $"{{\"keys\":[\"{Key}\"]}}"),
                ("POST", "/v1/caches/default/dead-letters", $"{{\"keys\":[\"{Refused}\"]}}"),
                ("PUT", $"/v1/caches/default/dead-letters/{Refused}", Value),
                ("DELETE", "/v1/caches/default/dead-letters", "{\"keys\":[\"none\"]}"),
                ("POST", "/v1/caches/none/flush", null),
                ("GET", "/v1/stats", null),
                ("GET", "/v1/processes", null),
                ("GET", "/metrics", null),
                ("GET", "/health/ready", null),
                ("GET", "/health/live", null),
                ("GET", "/", null),
            }.Select(AskAsync)
        );

        async Task AskAsync((string Method, string Path, string? Body) call)
        {
            var (method, path, body) = call;
            using var answer = await SendAsync(server, method, path, body, key);
            var text = answer.Headers.ToString() + answer.Content.Headers + await answer.Content.ReadAsStringAsync();
            var isFigure = path is "/v1/stats" or "/v1/processes" or "/metrics" or "/health/ready";
            if (isFigure)
            {
                AssertClean($"{method} {path}", text);
            }
            else if (!answer.IsSuccessStatusCode)
            {
                // The path names the key, and so may what is answered.
                AssertHas(none: [RedisProcess.Password, Value, .. _apiKeys], $"{method} {path}: {(int)answer.StatusCode}", text);
            }

            // Details are for those who observe.
            if (isFigure ? !isObserver : !answer.IsSuccessStatusCode)
            {
                string[] places =
                [
                    "127.0.0.1",
                    "remanso@",
                    "'remanso'",
                    "user \"",
                    "role \"",
                    _folder.Path,
                    "/tmp/",
                    $"{_redis.Port}",
                    $"{_postgres.Port}",
                ];
                AssertHas(places, $"{method} {path}: {(int)answer.StatusCode}", text);
            }
        }
    }

    private void AssertClean(string where, string text) => AssertHas(none: [RedisProcess.Password, Value, Key, .. _apiKeys], where, text);

    private static void AssertHas(IEnumerable<string> none, string where, string text)
    {
        foreach (var one in none)
        {
            var at = text.IndexOf(one, StringComparison.Ordinal);
            Assert.True(
                at < 0,
                $"{where} has '{one}': …{(at < 0 ? string.Empty : text[Math.Max(0, at - 300)..Math.Min(text.Length, at + 200)])}…"
            );
        }
    }

    private string Create(RemansoKeyFile file, RemansoScopes scopes)
    {
        var text = file.Create("key", new RemansoGrant(scopes, ["*"])).Text;
        _apiKeys.Add(text);
        return text;
    }

    private async Task RefuseAsync()
    {
        await using var database = NpgsqlDataSource.Create(_postgres.ConnectionString);
        await using var command = database.CreateCommand(
            $"ALTER TABLE remanso.cache_data ADD CONSTRAINT refuses CHECK (key <> '{Refused}')"
        );
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> GetAsync(ServerProcess server, string path, string key)
    {
        using var answer = await SendAsync(server, "GET", path, null, key);
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task<HttpResponseMessage> SendAsync(ServerProcess server, string method, string path, string? body, string? key)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = body is null
            ? null
            : new StringContent(body, null as Encoding, method == "PATCH" ? "application/merge-patch+json" : "text/plain");
        if (key is not null)
        {
            request.Headers.Add("Authorization", "Bearer " + key);
        }

        return await server.Client.SendAsync(request);
    }
}

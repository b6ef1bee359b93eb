using System.Text.Json;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;
using Remanso.Conformance.Servers;
using Remanso.Entries;

namespace Remanso.Server.Tests.Endpoints;

public sealed class MaintenanceTests
{
    [Fact]
    public async Task Flush_says_what_was_stored_and_what_failed()
    {
        var failed = new Dictionary<string, string>(StringComparer.Ordinal) { ["k"] = "too long" };
        await using var server = await RunningServer.StartAsync(new ScriptedCache { Report = new FlushReport(3, failed) });

        var flush = await server.SendAsync("POST", "/v1/caches/default/flush");

        Assert.Equal("""{"stored":3,"failed":[{"key":"k","error":"too long"}]}""", await flush.TextAsync());
    }

    [Fact]
    public async Task Invalidate_drops_some_keys_some_tags_or_all_and_never_all_by_omission()
    {
        var cache = new ScriptedCache();
        await using var server = await RunningServer.StartAsync(cache);
        const string Path = "/v1/caches/default/invalidate";

        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync("POST", Path, """{"keys":["a","b"]}""")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync("POST", Path, """{"tags":["a","b"]}""")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync("POST", Path, """{"all":true}""")).StatusCode);
        foreach (
            var body in new[]
            {
                "",
                "{}",
                "[]",
                """{"all":false}""",
                """{"all":1}""",
                """{"all":true,"keys":[]}""",
                """{"keys":"a"}""",
                """{"tags":"a"}""",
                """{"tags":[1]}""",
                """{"tags":[],"keys":[]}""",
                """{"tags":[],"all":true}""",
                """{"tags":["a"}""",
            }
        )
        {
            await (await server.SendAsync("POST", Path, body)).AssertProblemAsync(400, "malformed-json");
        }

        Assert.Equal(["invalidate a,b", "remove tags a,b", "invalidate all"], cache.Calls);
    }

    [Fact]
    public async Task Expire_takes_some_keys_some_tags_or_all_and_never_all_by_omission()
    {
        var cache = new ScriptedCache();
        await using var server = await RunningServer.StartAsync(cache);
        const string Path = "/v1/caches/default/expire";

        foreach (var body in new[] { """{"keys":["a","b"]}""", """{"tags":["a","b"]}""", """{"all":true}""" })
        {
            Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync("POST", Path, body)).StatusCode);
        }

        foreach (var body in new[] { "", "{}", "[]", """{"all":false}""", """{"all":true,"tags":["t"]}""", """{"keys":"a"}""" })
        {
            await (await server.SendAsync("POST", Path, body)).AssertProblemAsync(400, "malformed-json");
        }

        await (await server.Client.GetAsync(Path)).AssertProblemAsync(405, "method-not-allowed");
        Assert.Equal(["expire a,b", "expire tags a,b", "expire all"], cache.Calls);
    }

    [Fact]
    public async Task Preload_says_what_it_looked_at_found_and_loaded()
    {
        var cache = new ScriptedCache
        {
            Read = static (key, _) =>
                key switch
                {
                    "a" => ScriptedCache.Found("v", ReadSource.Store),
                    "b" => ScriptedCache.Found("v"),
                    _ => new ReadResult<Bytes>(null, default, ReadSource.Store),
                },
        };
        await using var server = await RunningServer.StartAsync(cache);
        const string Path = "/v1/caches/default/preload";

        Assert.Equal(
            """{"keys":3,"found":2,"loaded":2,"failed":0}""",
            await (await server.SendAsync("POST", Path, """{"keys":["a","b","c"]}""")).TextAsync()
        );
        foreach (var body in new[] { "", "{}", "[]", """{"keys":"a"}""", """{"keys":[1]}""" })
        {
            await (await server.SendAsync("POST", Path, body)).AssertProblemAsync(400, "malformed-json");
        }

        await (await server.Client.GetAsync(Path)).AssertProblemAsync(405, "method-not-allowed");
    }

    [Fact]
    public async Task Dead_letters_are_listed_replayed_corrected_and_dropped()
    {
        var entry = new CacheEntry
        {
            Version = 5,
            Value = new byte[3],
            ContentType = "text/plain",
        };
        var letter = new DeadLetter("k", entry, "too long", 1_763_757_600_000_000);
        await using var server = await RunningServer.StartAsync(new ScriptedCache { DeadLetters = [letter, letter] });
        const string Path = "/v1/caches/default/dead-letters";

        Assert.Equal(
            """{"deadLetters":[{"key":"k","version":5,"error":"too long","at":"2025-11-21T20:40:00Z","deleted":false,"contentType":"text/plain","bytes":3}]}""",
            await server.Client.GetStringAsync(Path + "?max=1")
        );
        Assert.Equal("""{"replayed":2}""", await (await server.SendAsync("POST", Path, """{"keys":["a","b"]}""")).TextAsync());
        Assert.Equal("""{"dropped":1}""", await (await server.SendAsync("DELETE", Path, """{"keys":["a"]}""")).TextAsync());
        Assert.Equal("""{"deadLetters":[]}""", await server.Client.GetStringAsync(Path + "?prefix=other"));
        Assert.Equal("""{"replayed":2}""", await (await server.SendAsync("POST", Path + "?error=LONG&olderThan=5m")).TextAsync());
        Assert.Equal("""{"dropped":0}""", await (await server.SendAsync("DELETE", Path + "?error=short")).TextAsync());
        Assert.Equal("""{"dropped":2}""", await (await server.SendAsync("DELETE", Path + "?all=true")).TextAsync());
        await (await server.SendAsync("DELETE", Path + "?all=false")).AssertProblemAsync(400, "bad-request");
        await (await server.SendAsync("DELETE", Path + "?prefix=")).AssertProblemAsync(400, "bad-request");
        await (await server.SendAsync("DELETE", Path + "?olderThan=soon")).AssertProblemAsync(400, "bad-request");
        var edited = await server.SendAsync("PUT", Path + "/k", "better");
        Assert.Equal(202, (int)edited.StatusCode);
        Assert.NotNull(edited.Header("ETag"));
        await (await server.SendAsync("PUT", Path + "/other", "better")).AssertProblemAsync(404, "no-dead-letter");
        await (await server.SendAsync("POST", Path + "/k", "better")).AssertProblemAsync(405, "method-not-allowed");
        await (await server.SendAsync("POST", Path, "{}")).AssertProblemAsync(400, "malformed-json");
        await (await server.Client.GetAsync(Path + "?max=0")).AssertProblemAsync(400, "bad-request");
    }

    [Fact]
    public async Task A_dead_letter_is_found_by_its_key_however_many_others_begin_with_it()
    {
        var entry = new CacheEntry { Version = 5, Value = new byte[3] };
        var letters = new[] { "k1", "k2", "k" }.Select(key => new DeadLetter(key, entry, "too long", 1_763_757_600_000_000));
        await using var server = await RunningServer.StartAsync(new ScriptedCache { DeadLetters = [.. letters] });
        const string Path = "/v1/caches/default/dead-letters";

        Assert.StartsWith(
            """{"deadLetters":[{"key":"k","version":5,""",
            await server.Client.GetStringAsync(Path + "?key=k&max=1"),
            StringComparison.Ordinal
        );
        Assert.Equal("""{"deadLetters":[]}""", await server.Client.GetStringAsync(Path + "?key=other"));
        Assert.Equal("""{"deadLetters":[]}""", await server.Client.GetStringAsync(Path + "?key="));
        await (await server.Client.GetAsync(Path + "?key=k&prefix=k")).AssertProblemAsync(400, "bad-request");
        await (await server.Client.GetAsync(Path + "?key=k&key=l")).AssertProblemAsync(400, "bad-request");
    }

    [Fact]
    public async Task Dead_letters_are_chosen_by_keys_or_by_a_filter_and_never_by_both()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());
        const string Path = "/v1/caches/default/dead-letters";

        foreach (var method in new[] { "POST", "DELETE" })
        {
            await (await server.SendAsync(method, Path + "?prefix=a", """{"keys":["a"]}""")).AssertProblemAsync(400, "bad-request");
            await (await server.SendAsync(method, Path + "?all=true", """{"keys":[]}""")).AssertProblemAsync(400, "bad-request");
            await (await server.SendAsync(method, Path + "?all=true", "{")).AssertProblemAsync(400, "malformed-json");
            Assert.Equal(200, (int)(await server.SendAsync(method, Path + "?all=true", "{}")).StatusCode);
            Assert.Equal(200, (int)(await server.SendAsync(method, Path + "?all=true", "")).StatusCode);
            Assert.Equal(200, (int)(await server.SendAsync(method, Path + "?all=true")).StatusCode);
        }
    }

    [Fact]
    public async Task Of_dead_letters_a_key_sees_its_own_however_many_others_there_are()
    {
        using var folder = new TemporaryFolder();
        var file = new RemansoKeyFile(folder.File("keys.json"), TimeProvider.System);
        var (_, text) = file.Create("app", new RemansoGrant(RemansoScopes.Operate, ["*"], "user:"));
        var entry = new CacheEntry { Version = 5, Value = new byte[3] };
        var letters = new[] { "order:1", "order:2", "user:1", "user:2" }.Select(key => new DeadLetter(key, entry, "too long", 0)).ToList();
        await using var server = await RunningServer.StartAsync(
            new ScriptedCache { DeadLetters = letters },
            "--Remanso:Security:KeyFile",
            file.Path
        );

        var answer = await server.SendAsync(
            "GET",
            "/v1/caches/default/dead-letters?max=1",
            null,
            null,
            ("Authorization", "Bearer " + text)
        );
        using var json = JsonDocument.Parse(await answer.TextAsync());

        var only = Assert.Single(json.RootElement.GetProperty("deadLetters").EnumerateArray());
        Assert.Equal("user:1", only.GetProperty("key").GetString());
    }

    [Fact]
    public async Task Statistics_have_the_agreed_shape()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());

        Assert.Equal(
            """{"caches":{"default":{"reads":{"near":1,"tier":2,"store":3,"absent":4,"stale":5},"flights":{"led":6,"joined":7},"loads":{"queries":8,"keys":9},"writes":10,"""
                + """ "flush":{"batches":12,"stored":13,"alreadyStored":14,"superseded":15,"deadLettered":16},"dirty":{"entries":17,"bytes":18,"oldestAgeMs":19,"deadLetters":20},"refused":11,"tagsRemoved":12,"purged":0,"superseded":0,"vanished":0,"circuit":"closed","near":{"entries":0,"bytes":0,"evicted":0},"memory":{"entries":0,"bytes":0,"evicted":0},"earlyRefreshes":21,"backedOff":22,"softTimeouts":23}}}""".Trim(),
            await server.Client.GetStringAsync("/v1/stats")
        );
    }

    [Fact]
    public async Task Ready_lists_what_is_wrong()
    {
        var cache = new ScriptedCache();
        await using var server = await RunningServer.StartAsync(cache);

        Assert.Equal("""{"status":"live"}""", await server.Client.GetStringAsync("/health/live"));
        Assert.Equal("""{"status":"ready"}""", await server.Client.GetStringAsync("/health/ready"));
        cache.Calls.Add("problem one");
        cache.Calls.Add("problem two");

        var problem = await (await server.Client.GetAsync("/health/ready")).AssertProblemAsync(503, "not-ready");
        Assert.Equal(
            ["problem one", "problem two"],
            problem.GetProperty("problems").EnumerateArray().Select(static one => one.GetString())
        );
    }

    [Fact]
    public async Task Metrics_are_Prometheus_text()
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("POST", "/set", """{"key":"k","value":"v"}""");

        var metrics = await server.Client.GetAsync("/metrics");

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", metrics.Header("Content-Type"));
        Assert.Contains(
            "remanso_writes_total{cache=\"default\",outcome=\"accepted\"}",
            await metrics.TextAsync(),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("GET", "/nowhere", 404, "not-found")]
    [InlineData("GET", "/v1/caches/default", 404, "not-found")]
    [InlineData("GET", "/v1/caches/default/what", 404, "not-found")]
    [InlineData("GET", "/v1/caches/other/entries/k", 404, "unknown-cache")]
    [InlineData("POST", "/v1/caches/other/flush", 404, "unknown-cache")]
    [InlineData("OPTIONS", "/set", 405, "method-not-allowed")]
    [InlineData("GET", "/set", 405, "method-not-allowed")]
    [InlineData("POST", "/get/k", 405, "method-not-allowed")]
    [InlineData("POST", "/v1/stats", 405, "method-not-allowed")]
    [InlineData("REPORT", "/v1/caches/default/entries/k", 405, "method-not-allowed")]
    [InlineData("POST", "/v1/caches/default/entries/k", 405, "method-not-allowed")]
    [InlineData("GET", "/v1/caches/default/flush", 405, "method-not-allowed")]
    [InlineData("PUT", "/v1/caches/default/dead-letters", 405, "method-not-allowed")]
    public async Task What_is_not_there_is_a_problem(string method, string path, int status, string name)
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());

        var answer = await server.SendAsync(method, path);

        await answer.AssertProblemAsync(status, name);
        Assert.Equal(status == 405, answer.Header("Allow") is not null);
    }

    [Fact]
    public async Task The_index_and_the_OpenAPI_document_name_the_same_paths()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());
        var index = await server.Client.GetStringAsync("/");
        using var openApi = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));

        foreach (var path in openApi.RootElement.GetProperty("paths").EnumerateObject())
        {
            Assert.True(path.Name == "/" || index.Contains(path.Name, StringComparison.Ordinal), $"{path.Name} is not in the index.");
            foreach (var operation in path.Value.EnumerateObject().Where(static member => member.Name != "parameters"))
            {
                var target = path
                    .Name.Replace("{cache}", "default", StringComparison.Ordinal)
                    .Replace("{key}", "k", StringComparison.Ordinal);
                var answer = await server.SendAsync(operation.Name.ToUpperInvariant(), target);
                var status = ((int)answer.StatusCode).ToString();
                Assert.True(
                    operation.Value.GetProperty("responses").EnumerateObject().Any(response => response.Name == status),
                    $"{operation.Name} {path.Name} answers {status}, which the document does not know."
                );
                Assert.NotEqual("405", status);
            }
        }
    }

    [Fact]
    public async Task A_worker_serves_health_metrics_and_statistics_alone()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var server = await RunningServer.StartAsync("--role", "worker", "--tier", redis.Address);

        foreach (var path in new[] { "/health/live", "/health/ready", "/metrics", "/v1/stats", "/v1/processes", "/" })
        {
            Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync(path)).StatusCode);
        }

        await (await server.Client.GetAsync("/get/k")).AssertProblemAsync(404, "not-found");
        await (await server.SendAsync("POST", "/set", """{"key":"k","value":"v"}""")).AssertProblemAsync(404, "not-found");
        await (await server.SendAsync("PUT", "/v1/caches/default/entries/k", "v")).AssertProblemAsync(404, "not-found");
    }
}

using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;

namespace Remanso.Server.Tests.Endpoints;

/// <summary>What a refused request is told: the bound that it broke, the element that is wrong, what was asked.</summary>
public sealed class RefusalWordsTests
{
    private const string Cache = "/v1/caches/default/";
    private const string Entry = Cache + "entries/k";
    private const string Absent = "The key 'k' is absent, or has a row that nobody wrote through the cache yet; the write asked ";
    private const string NoVersion = "for what is no version, which matches nothing.";

    [Theory]
    [InlineData("If-Match", "W/\"1\"", Absent + NoVersion)]
    [InlineData("If-Match", "\"no-version\"", Absent + NoVersion)]
    [InlineData("If-Match", "\"5\"", Absent + "for version 5.")]
    [InlineData("If-Match", "*", Absent + "that it have a value.")]
    public async Task A_precondition_that_an_absent_key_does_not_meet_says_what_was_asked(string field, string tag, string detail)
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(detail, await DetailAsync(await server.SendAsync("PUT", Entry, "v", null, (field, tag)), 412, "version-conflict"));
    }

    [Theory]
    [InlineData("If-Match", "W/\"1\"", "has version {0}; the write asked " + NoVersion)]
    [InlineData("If-Match", "\"5\"", "has version {0}; the write asked for version 5.")]
    [InlineData("If-None-Match", "*", "has version {0}; the write asked that it be absent.")]
    public async Task A_precondition_that_a_value_does_not_meet_says_what_was_asked(string field, string tag, string detail)
    {
        await using var server = await RunningServer.StartAsync();
        var version = (await server.SendAsync("PUT", Entry, "v")).Header("ETag")!.Trim('"');

        Assert.Equal(
            "The key 'k' " + string.Format(null, detail, version),
            await DetailAsync(await server.SendAsync("PUT", Entry, "w", null, (field, tag)), 412, "version-conflict")
        );
    }

    [Theory]
    [InlineData("GET", Entry + "?timeout=2h", "timeout of a read must be 1ms to 10m, but is '2h'.")]
    [InlineData("GET", Entry + "?timeout=30m", "timeout of a read must be 1ms to 10m, but is '30m'.")]
    [InlineData("POST", Entry + "/wait?version=1&timeout=2h", "timeout must be 1ms to 1h, but is '2h'.")]
    [InlineData("PUT", Entry + "?lifetime=99999999d", "lifetime must be 1ms to 10675199d, such as ")]
    [InlineData("PUT", Entry + "?lifetime=0", "lifetime must be 1ms to 10675199d, such as ")]
    public async Task A_time_out_of_bounds_is_told_the_bounds_of_its_call(string method, string target, string detail)
    {
        await using var server = await RunningServer.StartAsync();
        Assert.StartsWith(detail, await DetailAsync(await server.SendAsync(method, target), 400, "bad-request"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_longest_lifetime_is_taken()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(202, (int)(await server.SendAsync("PUT", Entry + "?lifetime=10675199d", "v")).StatusCode);
    }

    [Theory]
    [InlineData("entries:batch-get", """["a",5]""", "The body: element 1, counted from 0, must be a string.")]
    [InlineData("invalidate", """{"keys":[5]}""", "keys: element 0, counted from 0, must be a string.")]
    [InlineData("expire", """{"tags":["a","b",null]}""", "tags: element 2, counted from 0, must be a string.")]
    [InlineData("preload", """{"keys":["a",{}]}""", "keys: element 1, counted from 0, must be a string.")]
    [InlineData("dead-letters", """{"keys":["a",5]}""", "keys: element 1, counted from 0, must be a string.")]
    [InlineData(
        "entries:batch-set",
        """[{"key":"a","value":1},{"value":1}]""",
        "The body: element 1, counted from 0, can't be taken: The property key is missing."
    )]
    [InlineData(
        "entries:batch-set",
        """[{"key":"a","value":1},7]""",
        "The body: element 1, counted from 0, can't be taken: An object is expected."
    )]
    [InlineData(
        "entries:batch-set",
        """[{"key":"a","value":1,"tags":["t",1]}]""",
        "The body: element 0, counted from 0, can't be taken: tags: element 1, counted from 0, must be a string."
    )]
    public async Task An_element_that_is_wrong_is_named_by_its_place(string call, string body, string detail)
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(detail, await DetailAsync(await server.SendAsync("POST", Cache + call, body), 400, "malformed-json"));
    }

    [Theory]
    [InlineData("POST", Cache + "entries:batch-get", """["a",]""", "The JSON array contains a trailing comma at the end. LineNumber")]
    [InlineData("POST", "/set", """{"key":"a","value":1,}""", "The JSON object contains a trailing comma at the end. LineNumber")]
    [InlineData("PATCH", Entry, """{"a":1,}""", "This can't be merged: The JSON object contains a trailing comma at the end. LineNumber")]
    public async Task What_is_wrong_with_JSON_is_told_without_advice_for_programmers_of_the_server(
        string method,
        string target,
        string body,
        string detail
    )
    {
        await using var server = await RunningServer.StartAsync();
        var type = method == "PATCH" ? "application/merge-patch+json" : null;
        Assert.StartsWith(
            detail,
            await DetailAsync(await server.SendAsync(method, target, body, type), 400, "malformed-json"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("POST", "/set")]
    [InlineData("POST", Cache + "invalidate")]
    [InlineData("POST", Cache + "expire")]
    [InlineData("POST", Cache + "preload")]
    [InlineData("POST", Cache + "entries:batch-get")]
    [InlineData("POST", Cache + "entries:batch-set")]
    [InlineData("POST", Entry + "/merge")]
    public async Task An_empty_body_is_called_empty(string method, string target)
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var body in new[] { null, "", " \r\n" })
        {
            Assert.Equal(
                "The body is empty; JSON is expected.",
                await DetailAsync(await server.SendAsync(method, target, body), 400, "malformed-json")
            );
        }
    }

    [Theory]
    [InlineData("POST", "")]
    [InlineData("DELETE", "")]
    [InlineData("POST", "?max=5")]
    [InlineData("DELETE", "?key=a")]
    public async Task A_replay_or_drop_of_nothing_says_how_dead_letters_are_chosen(string method, string query)
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(
            "The body is empty: {\"keys\":[…]} is expected, or a query of error, prefix, olderThan or all=true.",
            await DetailAsync(await server.SendAsync(method, Cache + "dead-letters" + query), 400, "malformed-json")
        );
    }

    [Theory]
    [InlineData("default", "user:", "PUT", "entries/other", "This needs the scope write for this key of the cache 'default'.")]
    [InlineData("default", "user:", "POST", "flush", "This needs the scope operate for every key of the cache 'default'.")]
    [InlineData("other", null, "POST", "flush", "This needs the scope operate for the cache 'default'.")]
    [InlineData("other", null, "GET", "nothing", "This needs the scope operate for the cache 'default'.")]
    [InlineData("other", null, "GET", "entries/k", "This needs the scope read for the cache 'default'.")]
    [InlineData("default", null, "GET", "/metrics", "This needs the scope observe for every key of every cache.")]
    public async Task What_is_not_granted_says_of_what_the_scope_lacks(
        string cache,
        string? prefix,
        string method,
        string call,
        string says
    )
    {
        using var folder = new TemporaryFolder();
        var file = new RemansoKeyFile(folder.File("keys.json"), TimeProvider.System);
        var (_, text) = file.Create("app", new RemansoGrant(RemansoScopes.All, [cache], prefix));
        await using var server = await RunningServer.StartAsync(new ScriptedCache(), "--Remanso:Security:KeyFile", file.Path);

        var path = call[0] == '/' ? call : Cache + call;
        Assert.Equal(says, await DetailAsync(await server.SendAsync(method, path, headers: ("X-Api-Key", text)), 403, "forbidden"));
    }

    [Fact]
    public async Task Dead_letters_by_their_error_need_no_more_than_a_part_of_the_cache()
    {
        using var folder = new TemporaryFolder();
        var file = new RemansoKeyFile(folder.File("keys.json"), TimeProvider.System);
        var (_, without) = file.Create("without", new RemansoGrant(RemansoScopes.Operate, ["*"], "user:"));
        var (_, with) = file.Create("with", new RemansoGrant(RemansoScopes.Operate | RemansoScopes.Observe, ["*"], "user:"));
        await using var server = await RunningServer.StartAsync("--Remanso:Security:KeyFile", file.Path);

        Assert.Equal("This needs the scope observe for the cache 'default'.", await DetailAsync(await AskAsync(without), 403, "forbidden"));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(with)).StatusCode);

        Task<HttpResponseMessage> AskAsync(string key) =>
            server.SendAsync("GET", Cache + "dead-letters?error=long", headers: ("X-Api-Key", key));
    }

    private static async Task<string?> DetailAsync(HttpResponseMessage answer, int status, string name) =>
        (await answer.AssertProblemAsync(status, name)).GetProperty("detail").GetString();
}

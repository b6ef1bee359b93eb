using System.Text.Json;

namespace Remanso.Server.Tests.Endpoints;

public sealed class MergeTests
{
    private const string Path = "/v1/caches/default/entries/k";
    private const string Patch = "application/merge-patch+json";

    [Fact]
    public async Task A_patch_changes_members_and_leaves_the_rest_as_it_was_sent()
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("PUT", Path, """{"name":"Ann","n":1.10,"old":true}""", "application/json");

        var answer = await server.SendAsync("PATCH", Path + "?durability=stored", """{"name":"Bob","old":null}""", Patch);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var json = await answer.JsonAsync();
        Assert.Equal(("k", "stored"), (json.GetProperty("key").GetString(), json.GetProperty("durability").GetString()));
        Assert.Equal($"\"{json.GetProperty("version").GetInt64()}\"", answer.Header("ETag"));
        var read = await server.Client.GetAsync(Path);
        Assert.Equal("""{"name":"Bob","n":1.10}""", await read.TextAsync());
        Assert.Equal(("application/json", answer.Header("ETag")), (read.Header("Content-Type"), read.Header("ETag")));
    }

    [Fact]
    public async Task A_patch_of_an_absent_key_makes_it_as_JSON()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(
            HttpStatusCode.Accepted,
            (await server.SendAsync("PATCH", Path, """{"a":1,"b":null}""", Patch + "; charset=utf-8")).StatusCode
        );
        var read = await server.Client.GetAsync(Path);
        Assert.Equal(("application/json", """{"a":1}"""), (read.Header("Content-Type"), await read.TextAsync()));
    }

    [Fact]
    public async Task A_patch_of_another_type_is_415_with_the_type_that_is_taken()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var type in new[] { null, "application/json", "application/json-patch+json" })
        {
            var answer = await server.SendAsync("PATCH", Path, "[]", type);
            await answer.AssertProblemAsync(415, "unsupported-patch");
            Assert.Equal(Patch, answer.Header("Accept-Patch"));
        }
    }

    [Fact]
    public async Task A_patch_has_preconditions()
    {
        await using var server = await RunningServer.StartAsync();
        await (await server.SendAsync("PATCH", Path, "{}", Patch, ("If-Match", "*"))).AssertProblemAsync(412, "version-conflict");
        var put = await server.SendAsync("PUT", Path, "{}", "application/json");
        await (await server.SendAsync("PATCH", Path, "{}", Patch, ("If-Match", "\"1\""))).AssertProblemAsync(412, "version-conflict");
        await (await server.SendAsync("PATCH", Path, "{}", Patch, ("If-None-Match", "*"))).AssertProblemAsync(412, "version-conflict");
        Assert.Equal(
            HttpStatusCode.Accepted,
            (await server.SendAsync("PATCH", Path, """{"a":1}""", Patch, ("If-Match", put.Header("ETag")!))).StatusCode
        );
        Assert.Equal("""{"a":1}""", await server.Client.GetStringAsync(Path));
    }

    [Theory]
    [InlineData("""{"op":"add","by":5}""", "12", 12L)]
    [InlineData("""{"op":"add"}""", "8", 8L)]
    [InlineData("""{"value":9,"op":"max"}""", "9", 9L)]
    [InlineData("""{"op":"max","value":3}""", "7", 7L)]
    [InlineData("""{"op":"min","value":-9007199254740993,"comment":"x"}""", "-9007199254740993", -9007199254740993L)]
    public async Task A_number_is_merged_and_told(string body, string text, long number)
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("PUT", Path, "7", "text/plain");
        var answer = await (await server.SendAsync("POST", Path + "/merge", body)).JsonAsync();
        Assert.Equal(number, answer.GetProperty("value").GetInt64());
        Assert.Equal(text, await server.Client.GetStringAsync(Path));
    }

    [Theory]
    [InlineData("""{"op":"append","value":{"n": 4.0}}""", """[1, 2,3,{"n": 4.0}]""")]
    [InlineData("""{"op":"append","value":"x","cap":2}""", """[3,"x"]""")]
    [InlineData("""{"op":"patch","value":{"a":{"b":null}}}""", """{"a":{}}""")]
    public async Task JSON_is_merged(string body, string text)
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("PUT", Path, "[1, 2,3]", "application/json");
        var answer = await server.SendAsync("POST", Path + "/merge?durability=stored", body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False((await answer.JsonAsync()).TryGetProperty("value", out _));
        Assert.Equal(text, await server.Client.GetStringAsync(Path));
        Assert.Equal(text, await server.Client.GetStringAsync(Path + "?source=db"));
    }

    [Fact]
    public async Task Appends_of_many_callers_are_all_there()
    {
        await using var server = await RunningServer.StartAsync();
        await Parallel.ForAsync(0, 50, async (number, _) =>
            Assert.Equal(
                HttpStatusCode.Accepted,
                (await server.SendAsync("POST", Path + "/merge", $$"""{"op":"append","value":{{number}}}""")).StatusCode
            )
        );
        using var array = JsonDocument.Parse(await server.Client.GetStringAsync(Path));
        Assert.Equal(Enumerable.Range(0, 50), array.RootElement.EnumerateArray().Select(static element => element.GetInt32()).Order());
    }

    [Fact]
    public async Task What_a_merge_needs_and_does_not_find_is_409()
    {
        await using var server = await RunningServer.StartAsync();
        var put = await server.SendAsync("PUT", Path, "ten", "text/plain");
        var problem = await (await server.SendAsync("PATCH", Path, "{}", Patch)).AssertProblemAsync(409, "not-json");
        Assert.Equal(put.Header("ETag"), $"\"{problem.GetProperty("version").GetInt64()}\"");
        Assert.False(problem.GetProperty("accepted").GetBoolean());
        await (await server.SendAsync("POST", Path + "/merge", """{"op":"append","value":1}""")).AssertProblemAsync(409, "not-json");
        await (await server.SendAsync("POST", Path + "/merge", """{"op":"max","value":1}""")).AssertProblemAsync(409, "not-a-number");
        await server.SendAsync("PUT", Path, long.MaxValue.ToString());
        await (await server.SendAsync("POST", Path + "/merge", """{"op":"add"}""")).AssertProblemAsync(409, "overflow");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"op":"multiply","value":2}""")]
    [InlineData("""{"op":1}""")]
    [InlineData("""{"op":"max"}""")]
    [InlineData("""{"op":"max","value":"1"}""")]
    [InlineData("""{"op":"min","value":1.5}""")]
    [InlineData("""{"op":"min","value":9223372036854775808}""")]
    [InlineData("""{"op":"add","by":"1"}""")]
    [InlineData("""{"op":"append"}""")]
    [InlineData("""{"op":"append","value":1,"cap":0}""")]
    [InlineData("""{"op":"append","value":1,"cap":1000001}""")]
    [InlineData("""{"op":"append","value":1,"cap":"2"}""")]
    [InlineData("""{"op":"patch"}""")]
    [InlineData("""{"op":"patch","value":{"\ud800":1}}""")]
    public async Task A_merge_that_is_none_is_400(string body)
    {
        await using var server = await RunningServer.StartAsync();
        await (await server.SendAsync("POST", Path + "/merge", body)).AssertProblemAsync(400, "malformed-json");
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync(Path)).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    public async Task A_patch_that_is_no_JSON_is_400(string body)
    {
        await using var server = await RunningServer.StartAsync();
        await (await server.SendAsync("PATCH", Path, body, Patch)).AssertProblemAsync(400, "malformed-json");
    }

    [Fact]
    public async Task What_would_be_too_large_is_413()
    {
        await using var server = await RunningServer.StartAsync("--Remanso:Caches:default:MaxValueBytes", "10");
        await server.SendAsync("PUT", Path, "[1,2,3]", "application/json");
        await (await server.SendAsync("POST", Path + "/merge", """{"op":"append","value":4444}""")).AssertProblemAsync(
            413,
            "value-too-large"
        );
        await (await server.SendAsync("PATCH", Path, """{"a":"0123456789"}""", Patch)).AssertProblemAsync(413, "body-too-large");
        Assert.Equal("[1,2,3]", await server.Client.GetStringAsync(Path));
    }

    [Fact]
    public async Task A_path_tells_that_it_takes_patches()
    {
        await using var server = await RunningServer.StartAsync();
        var answer = await server.SendAsync("POST", Path);
        await answer.AssertProblemAsync(405, "method-not-allowed");
        Assert.Contains("PATCH", answer.Content.Headers.Allow);
    }
}

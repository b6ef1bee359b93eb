namespace Remanso.Server.Tests.Endpoints;

public sealed class TagTests
{
    private const string Entries = "/v1/caches/default/entries/";
    private const string Invalidate = "/v1/caches/default/invalidate";

    [Fact]
    public async Task Tags_are_written_by_the_query_and_read_as_a_header()
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("PUT", Entries + "k?tag=team:7&tag=a%2C%20b&lifetime=1h&tag=bl%C3%A9", "v");

        Assert.Equal("team%3A7, a%2C%20b, bl%C3%A9", (await server.Client.GetAsync(Entries + "k")).Header("Remanso-Tags"));
        await server.SendAsync("PUT", Entries + "k", "v");
        Assert.Null((await server.Client.GetAsync(Entries + "k")).Header("Remanso-Tags"));
    }

    [Fact]
    public async Task A_removed_tag_takes_the_clean_copies_along()
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("PUT", Entries + "tagged?durability=stored&tag=red", "v");
        await server.SendAsync("PUT", Entries + "other?durability=stored&tag=blue", "v");

        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync("POST", Invalidate, """{"tags":["red","green"]}""")).StatusCode);

        await (await server.Client.GetAsync(Entries + "tagged?source=cache")).AssertProblemAsync(404, "absent-key");
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync(Entries + "other?source=cache")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync(Entries + "tagged")).StatusCode);
    }

    [Fact]
    public async Task Entries_of_a_batch_have_tags_of_their_own()
    {
        await using var server = await RunningServer.StartAsync();
        const string Batch = """
            [{"key":"a","value":"x","tags":["red"]},{"key":"b","value":"x","tags":["red"]},{"tags":["red","blue"],"key":"c","value":"x"},
             {"key":"d","value":"x"},{"key":"e","value":"x","tags":[""]}]
            """;

        var set = await server.SendAsync("POST", "/v1/caches/default/entries:batch-set", Batch);

        Assert.Equal(
            [202, 202, 202, 202, 400],
            (await set.JsonAsync()).EnumerateArray().Select(static item => item.GetProperty("status").GetInt32())
        );
        foreach (var (key, tags) in new[] { ("a", "red"), ("b", "red"), ("c", "red, blue"), ("d", null) })
        {
            Assert.Equal(tags, (await server.Client.GetAsync(Entries + key)).Header("Remanso-Tags"));
        }
    }

    [Fact]
    public async Task The_original_call_takes_tags_too()
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("POST", "/set", """{"key":"k","value":"v","tags":["red"]}""");
        Assert.Equal("red", (await server.Client.GetAsync(Entries + "k")).Header("Remanso-Tags"));
        await (await server.SendAsync("POST", "/set", """{"key":"k","value":"v","tags":"red"}""")).AssertProblemAsync(
            400,
            "malformed-json"
        );
    }

    [Fact]
    public async Task An_increment_keeps_the_tags()
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("PUT", Entries + "n?tag=red", "1", "text/plain");
        await server.SendAsync("POST", Entries + "n/increment");
        Assert.Equal("red", (await server.Client.GetAsync(Entries + "n")).Header("Remanso-Tags"));
    }

    [Fact]
    public async Task What_is_no_tag_is_refused_by_name()
    {
        await using var server = await RunningServer.StartAsync();
        var many = string.Join('&', Enumerable.Range(0, 17).Select(static n => $"tag=t{n}"));

        foreach (var query in new[] { "tag=", "tag=a%0Ab", "tag=" + new string('t', 257), many })
        {
            await (await server.SendAsync("PUT", Entries + "k?" + query, "v")).AssertProblemAsync(400, "invalid-tag");
        }

        var problem = await (await server.SendAsync("POST", Invalidate, """{"tags":["ok","bad\ttag"]}""")).AssertProblemAsync(
            400,
            "invalid-tag"
        );
        Assert.Contains("bad\uFFFDtag", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thousand_tags_are_removed_at_once_and_no_more()
    {
        await using var server = await RunningServer.StartAsync();
        var tags = string.Join(',', Enumerable.Range(0, 1000).Select(static n => $"\"{n}\""));

        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync("POST", Invalidate, $"{{\"tags\":[{tags}]}}")).StatusCode);
        await (await server.SendAsync("POST", Invalidate, $"{{\"tags\":[{tags},\"more\"]}}")).AssertProblemAsync(400, "bad-request");
        await (await server.SendAsync("POST", "/set", $"{{\"key\":\"k\",\"value\":1,\"tags\":[{tags}]}}")).AssertProblemAsync(
            400,
            "bad-request"
        );
    }
}

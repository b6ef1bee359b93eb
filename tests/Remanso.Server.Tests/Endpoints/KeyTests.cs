namespace Remanso.Server.Tests.Endpoints;

public sealed class KeyTests
{
    [Theory]
    [InlineData("user:42", "user:42")]
    [InlineData("a/b", "a/b")]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%2fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("%25", "%")]
    [InlineData("a+b", "a+b")]
    [InlineData("a%20b", "a b")]
    [InlineData("%C3%A7%C3%A3o", "\u00e7\u00e3o")]
    [InlineData("%F0%9F%98%80", "\ud83d\ude00")]
    [InlineData("a//b", "a//b")]
    [InlineData("a/", "a/")]
    [InlineData("..", "..")]
    [InlineData("a/../b", "a/../b")]
    [InlineData("%2E%2E/x", "../x")]
    [InlineData("a%3Fb", "a?b")]
    [InlineData("a%23b", "a#b")]
    [InlineData("x/increment", "x/increment")]
    [InlineData("x/merge", "x/merge")]
    public async Task A_key_is_what_stands_in_the_path_decoded_once(string escaped, string key)
    {
        var seen = new List<string>();
        var cache = new ScriptedCache
        {
            Read = (asked, _) =>
            {
                seen.Add(asked);
                return ScriptedCache.Found("v");
            },
        };
        await using var server = await RunningServer.StartAsync(cache);

        Assert.StartsWith("HTTP/1.1 200", await server.GetRawAsync("/get/" + escaped), StringComparison.Ordinal);
        Assert.StartsWith(
            "HTTP/1.1 200",
            await server.GetRawAsync("/v1/caches/default/entries/" + escaped + "?x=1"),
            StringComparison.Ordinal
        );
        Assert.StartsWith("HTTP/1.1 200", await server.GetRawAsync("http://localhost/get/" + escaped), StringComparison.Ordinal);
        Assert.Equal([key, key, key], seen);
    }

    [Theory]
    [InlineData("%")]
    [InlineData("%2")]
    [InlineData("%zz")]
    [InlineData("a%FFb")]
    [InlineData("%C3")]
    public async Task An_escape_that_is_none_is_400(string escaped)
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());

        var answer = await server.GetRawAsync("/get/" + escaped);

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("urn:remanso:problem:bad-request", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a%0Ab")]
    [InlineData("%C2%85")]
    public async Task A_key_that_the_library_refuses_is_400(string escaped)
    {
        await using var server = await RunningServer.StartAsync();

        await (await server.Client.GetAsync("/get/" + escaped)).AssertProblemAsync(400, "invalid-key");
        await (await server.SendAsync("PUT", "/v1/caches/default/entries/" + escaped, "v")).AssertProblemAsync(400, "invalid-key");
        await (await server.SendAsync("DELETE", "/v1/caches/default/entries/" + escaped)).AssertProblemAsync(400, "invalid-key");
    }

    [Fact]
    public async Task Three_kilobytes_of_escapes_fit_into_a_request_line()
    {
        await using var server = await RunningServer.StartAsync();
        var path = "/v1/caches/default/entries/" + string.Concat(Enumerable.Repeat("%C3%A7", 512));

        Assert.Equal(HttpStatusCode.Accepted, (await server.SendAsync("PUT", path, "v")).StatusCode);
        Assert.Equal("v", await server.Client.GetStringAsync(path));
    }
}

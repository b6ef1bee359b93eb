using System.Text.RegularExpressions;

namespace Remanso.Server.Tests.Endpoints;

public sealed class OriginalCallsTests
{
    [Fact]
    public async Task Set_and_get_answer_byte_for_byte()
    {
        await using var server = await RunningServer.StartAsync();

        var set = await server.SendAsync("POST", "/set", """{"key":"user:42","value":"Alice"}""", "application/json");
        var text = await set.TextAsync();
        var version = Regex.Match(text, @"\d{16}").Value;

        Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        Assert.Equal("application/json", set.Header("Content-Type"));
        Assert.Equal($$"""{"status":"cached","key":"user:42","value":"Alice","version":{{version}}}""", text);

        var get = await server.Client.GetAsync("/get/user:42");
        Assert.Equal(HttpStatusCode.OK, get.StatusCode);
        Assert.Equal("application/json", get.Header("Content-Type"));
        Assert.Equal($$"""{"source":"cache","key":"user:42","value":"Alice","version":{{version}}}""", await get.TextAsync());
    }

    [Fact]
    public async Task An_absent_key_is_404_with_a_null_value()
    {
        await using var server = await RunningServer.StartAsync();

        var get = await server.Client.GetAsync("/get/user:43");

        Assert.Equal(HttpStatusCode.NotFound, get.StatusCode);
        Assert.Equal("application/json", get.Header("Content-Type"));
        Assert.Equal("""{"key":"user:43","value":null}""", await get.TextAsync());
    }

    [Fact]
    public async Task Source_chooses_between_the_tier_and_the_store()
    {
        await using var server = await RunningServer.StartAsync("--Remanso:Caches:default:Flush:Interval", "1h");
        await server.SendAsync("POST", "/set", """{"key":"k","value":"v"}""");

        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/get/k?source=cache")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync("/get/k?source=db")).StatusCode);

        await server.SendAsync("POST", "/v1/caches/default/flush");
        await server.SendAsync("POST", "/v1/caches/default/invalidate", """{"all":true}""");

        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync("/get/k?source=cache")).StatusCode);
        Assert.StartsWith(
            """{"source":"db","key":"k","value":"v",""",
            await server.Client.GetStringAsync("/get/k?source=db"),
            StringComparison.Ordinal
        );
        Assert.StartsWith("""{"source":"db",""", await server.Client.GetStringAsync("/get/k"), StringComparison.Ordinal);
        Assert.StartsWith("""{"source":"cache",""", await server.Client.GetStringAsync("/get/k"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"text\"")]
    [InlineData("\"\"")]
    [InlineData("\"line\\nbreak \\\"quoted\\\" \\\\ <b> \u00e7\u00e3o\"")]
    [InlineData("1")]
    [InlineData("-1.50e3")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("{\"a\": [1, {\"b\":null}] }")]
    [InlineData("[]")]
    public async Task A_JSON_value_comes_back_as_it_was_sent(string value)
    {
        await using var server = await RunningServer.StartAsync();

        var set = await server.SendAsync("POST", "/set", $$"""{"key":"k","value":{{value}}}""");
        var get = await server.Client.GetStringAsync("/get/k");

        Assert.Contains($"\"value\":{value},\"version\":", await set.TextAsync(), StringComparison.Ordinal);
        Assert.Contains($"\"value\":{value},\"version\":", get, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_string_is_stored_as_its_text_and_anything_else_as_JSON()
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("POST", "/set", """{"key":"s","value":"\u0041lice"}""");
        await server.SendAsync("POST", "/set", """{"key":"j","value":{"a":1}}""");

        var text = await server.Client.GetAsync("/v1/caches/default/entries/s");
        var json = await server.Client.GetAsync("/v1/caches/default/entries/j");

        Assert.Equal(("Alice", "text/plain; charset=utf-8"), (await text.TextAsync(), text.Header("Content-Type")));
        Assert.Equal(("""{"a":1}""", "application/json"), (await json.TextAsync(), json.Header("Content-Type")));
    }

    [Theory]
    [InlineData("image/png", "AAEC/w==")]
    [InlineData(null, "AAEC/w==")]
    [InlineData("text/plain", "AAEC/w==")]
    [InlineData("application/json", "AAEC/w==")]
    public async Task Bytes_that_are_not_what_JSON_can_carry_come_as_base64(string? type, string expected)
    {
        var cache = new ScriptedCache { Read = (_, _) => ScriptedCache.Found([0, 1, 2, 255], ReadSource.Tier, default, type) };
        await using var server = await RunningServer.StartAsync(cache);

        Assert.Equal(
            $$"""{"source":"cache","key":"k","value":"{{expected}}","encoding":"base64","version":42}""",
            await server.Client.GetStringAsync("/get/k")
        );
    }

    [Fact]
    public async Task Unknown_properties_are_ignored_and_their_order_is_free()
    {
        await using var server = await RunningServer.StartAsync();

        var set = await server.SendAsync("POST", "/set", """ { "x": {"key":"no"}, "value": [1], "key": "k", "y": null } """, "text/plain");

        Assert.StartsWith("""{"status":"cached","key":"k","value":[1],""", await set.TextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "malformed-json")]
    [InlineData("{", "malformed-json")]
    [InlineData("{}", "malformed-json")]
    [InlineData("[]", "malformed-json")]
    [InlineData("\"x\"", "malformed-json")]
    [InlineData("""{"key":"k"}""", "malformed-json")]
    [InlineData("""{"value":"v"}""", "malformed-json")]
    [InlineData("""{"key":1,"value":"v"}""", "malformed-json")]
    [InlineData("""{"key":null,"value":"v"}""", "malformed-json")]
    [InlineData("""{"key":"k","value":"v"} x""", "malformed-json")]
    [InlineData("""{"key":"k","value":"v"}{}""", "malformed-json")]
    [InlineData("""{"key":"k","value":"\ud800"}""", "malformed-json")]
    [InlineData("""{"key":"k","value":}""", "malformed-json")]
    [InlineData("""{"key":"","value":"v"}""", "invalid-key")]
    [InlineData("""{"key":"a\u0000b","value":"v"}""", "invalid-key")]
    public async Task A_body_that_is_not_a_key_and_a_value_is_400_and_harms_nothing(string body, string name)
    {
        await using var server = await RunningServer.StartAsync();

        var set = await server.SendAsync("POST", "/set", body, "application/json");

        await set.AssertProblemAsync(400, name);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("POST", "/set", """{"key":"k","value":"v"}""")).StatusCode);
    }

    [Fact]
    public async Task A_deeply_nested_value_is_400()
    {
        await using var server = await RunningServer.StartAsync();
        var nested = new string('[', 5000) + new string(']', 5000);

        await (await server.SendAsync("POST", "/set", $$"""{"key":"k","value":{{nested}}}""")).AssertProblemAsync(400, "malformed-json");
    }

    [Fact]
    public async Task Invalid_UTF8_is_400()
    {
        await using var server = await RunningServer.StartAsync();
        using var body = new ByteArrayContent([.. "{\"key\":\"k\",\"value\":\""u8, 0xFF, .. "\"}"u8]);

        await (await server.Client.PostAsync("/set", body)).AssertProblemAsync(400, "malformed-json");
    }

    [Fact]
    public async Task A_body_in_many_pieces_is_one_body()
    {
        await using var server = await RunningServer.StartAsync();
        var value = new string('x', 700_000);
        using var body = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes($$"""{"key":"k","value":"{{value}}"}""")), 1000);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/set") { Content = body };
        request.Headers.TransferEncodingChunked = true;

        Assert.Equal(HttpStatusCode.OK, (await server.Client.SendAsync(request)).StatusCode);
        Assert.Equal(value, await server.Client.GetStringAsync("/v1/caches/default/entries/k"));
    }

    [Fact]
    public async Task Unknown_source_is_400() =>
        await (await (await RunningServer.StartAsync()).Client.GetAsync("/get/k?source=disk")).AssertProblemAsync(400, "bad-request");

    [Theory]
    [InlineData(1024, 404)]
    [InlineData(1025, 400)]
    public async Task A_key_has_at_most_1024_bytes(int bytes, int status)
    {
        await using var server = await RunningServer.StartAsync();

        Assert.Equal(status, (int)(await server.Client.GetAsync("/get/" + new string('k', bytes))).StatusCode);
    }

    [Fact]
    public async Task A_value_over_the_limit_is_413_and_the_server_stays_up()
    {
        await using var server = await RunningServer.StartAsync("--Remanso:Caches:default:MaxValueBytes", "1000");

        var set = await server.SendAsync("POST", "/set", $$"""{"key":"k","value":"{{new string('v', 1001)}}"}""");
        var put = await server.SendAsync("PUT", "/v1/caches/default/entries/k", new string('v', 1001));
        var huge = await server.SendAsync("POST", "/set", $$"""{"key":"k","value":"{{new string('v', 100_000)}}"}""");

        await set.AssertProblemAsync(413, "value-too-large");
        await put.AssertProblemAsync(413, "body-too-large");
        await huge.AssertProblemAsync(413, "body-too-large");
        Assert.Equal(
            HttpStatusCode.OK,
            (await server.SendAsync("POST", "/set", $$"""{"key":"k","value":"{{new string('v', 1000)}}"}""")).StatusCode
        );
    }

    [Fact]
    public async Task A_tier_that_cannot_be_reached_is_503()
    {
        var cache = new ScriptedCache
        {
            Write = static (_, _, _) => throw new TierUnavailableException("No route.", mayHaveHappened: true),
        };
        await using var server = await RunningServer.StartAsync(cache);

        var set = await server.SendAsync("POST", "/set", """{"key":"k","value":"v"}""");

        await set.AssertProblemAsync(503, "tier-unavailable");
        Assert.Equal("1", set.Header("Retry-After"));
    }
}

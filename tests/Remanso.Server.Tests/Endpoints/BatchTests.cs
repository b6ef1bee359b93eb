using System.Text.Json;
using Remanso.Conformance.Support;

namespace Remanso.Server.Tests.Endpoints;

public sealed class BatchTests
{
    private const string Set = "/v1/caches/default/entries:batch-set";
    private const string Get = "/v1/caches/default/entries:batch-get";

    [Fact]
    public async Task Values_go_in_and_come_out_in_order()
    {
        await using var server = await RunningServer.StartAsync();

        var set = await server.SendAsync("POST", Set, """[{"key":"a","value":"x"},{"key":"b","value":{"n":1}},{"value":2,"key":"a"}]""");
        var get = await server.SendAsync("POST", Get, """["b","none","a","","b"]""");

        Assert.Equal(
            [202, 202, 202],
            (await set.JsonAsync()).EnumerateArray().Select(static item => item.GetProperty("status").GetInt32())
        );
        var items = (await get.JsonAsync()).EnumerateArray().ToArray();
        Assert.Equal(["b", "none", "a", "", "b"], items.Select(static item => item.GetProperty("key").GetString()));
        Assert.Equal([200, 404, 200, 400, 200], items.Select(static item => item.GetProperty("status").GetInt32()));
        Assert.Equal("""{"n":1}""", items[0].GetProperty("value").GetRawText());
        Assert.Equal("null", items[1].GetProperty("value").GetRawText());
        Assert.Equal("2", items[2].GetProperty("value").GetRawText());
        Assert.Equal("The key is empty.", items[3].GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_refused_entry_does_not_hinder_the_others()
    {
        var cache = new ScriptedCache
        {
            Write = static (key, _, _) => key == "bad" ? throw new ValueTooLargeException(9, 8) : new WriteReceipt(5, Durability.Stored),
        };
        await using var server = await RunningServer.StartAsync(cache);

        var set = await server.SendAsync("POST", Set, """[{"key":"a","value":"x"},{"key":"bad","value":"x"},{"key":"c","value":1}]""");

        Assert.Equal(
            """[{"key":"a","status":200,"version":5},{"key":"bad","status":413,"type":"urn:remanso:problem:value-too-large","error":"The value has 9 bytes; the limit of this cache is 8.","accepted":false},{"key":"c","status":200,"version":5}]""",
            await set.TextAsync()
        );
        Assert.Equal(["set-many 2 text/plain; charset=utf-8", "set-many 1 application/json"], cache.Calls);
    }

    [Fact]
    public async Task What_is_written_alike_goes_in_one_call_whatever_stands_between()
    {
        var cache = new ScriptedCache();
        await using var server = await RunningServer.StartAsync(cache);
        var entries = Enumerable.Range(0, 100).Select(static n => $$"""{"key":"{{n}}","value":{{(n % 2 == 0 ? "\"x\"" : "1")}}}""");

        var set = await server.SendAsync("POST", Set, $"[{string.Join(',', entries)}]");

        Assert.Equal(Enumerable.Range(0, 100).Select(static n => $"{n}"), (await set.JsonAsync()).EnumerateArray().Select(KeyOf));
        Assert.Equal(["set-many 50 text/plain; charset=utf-8", "set-many 50 application/json"], cache.Calls);
    }

    [Fact]
    public async Task Entries_with_tags_of_their_own_do_not_wait_for_each_other()
    {
        var tier = new Gate();
        var cache = new ScriptedCache { BeforeMany = () => tier.PassAsync() };
        await using var server = await RunningServer.StartAsync(cache);

        var set = server.SendAsync("POST", Set, """[{"key":"a","value":1,"tags":["a"]},{"key":"b","value":1,"tags":["b"]}]""");
        await tier.ArrivedAsync(2);
        tier.Open();

        Assert.Equal(HttpStatusCode.OK, (await set).StatusCode);
    }

    [Fact]
    public async Task A_key_that_occurs_again_is_written_in_the_order_of_the_batch()
    {
        await using var server = await RunningServer.StartAsync();

        for (var last = 1; last < 20; last++)
        {
            var entries = Enumerable.Range(0, last + 1).Select(static n => $$"""{"key":"k","value":{{n}},"tags":["{{n % 3}}"]}""");
            await server.SendAsync("POST", Set, $"[{string.Join(',', entries)}]");

            Assert.Equal($"{last}", await server.Client.GetStringAsync("/v1/caches/default/entries/k"));
        }
    }

    [Fact]
    public async Task An_answer_too_large_to_be_held_arrives_whole()
    {
        var value = new string('v', 100_000);
        await using var server = await RunningServer.StartAsync(new ScriptedCache { Read = (_, _) => ScriptedCache.Found(value) });
        var keys = Enumerable.Range(0, 100).Select(static n => $"\"{n}\"");

        var get = await server.SendAsync("POST", Get, $"[{string.Join(',', keys)}]");

        Assert.Equal("application/json", get.Header("Content-Type"));
        Assert.All((await get.JsonAsync()).EnumerateArray(), item => Assert.Equal(value, item.GetProperty("value").GetString()));
    }

    [Fact]
    public async Task Ten_thousand_is_the_limit()
    {
        await using var server = await RunningServer.StartAsync();
        var keys = string.Join(',', Enumerable.Range(0, 10_000).Select(static n => $"\"{n}\""));
        var entries = string.Join(',', Enumerable.Range(0, 10_000).Select(static n => $$"""{"key":"{{n}}","value":{{n}}}"""));

        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("POST", Set, $"[{entries}]")).StatusCode);
        Assert.Equal(10_000, (await (await server.SendAsync("POST", Get, $"[{keys}]")).JsonAsync()).GetArrayLength());
        await (await server.SendAsync("POST", Set, $$"""[{{entries}},{"key":"x","value":1}]""")).AssertProblemAsync(400, "bad-request");
        await (await server.SendAsync("POST", Get, $"[{keys},\"x\"]")).AssertProblemAsync(400, "bad-request");
    }

    [Theory]
    [InlineData(Get, "")]
    [InlineData(Get, "{}")]
    [InlineData(Get, "[1]")]
    [InlineData(Get, "[\"a\"")]
    [InlineData(Set, "{}")]
    [InlineData(Set, "[{\"key\":\"a\"}]")]
    [InlineData(Set, "[1]")]
    public async Task What_is_no_such_array_is_400(string path, string body)
    {
        await using var server = await RunningServer.StartAsync();

        await (await server.SendAsync("POST", path, body)).AssertProblemAsync(400, "malformed-json");
    }

    [Fact]
    public async Task Empty_arrays_are_fine()
    {
        await using var server = await RunningServer.StartAsync();

        Assert.Equal("[]", await (await server.SendAsync("POST", Get, "[]")).TextAsync());
        Assert.Equal("[]", await (await server.SendAsync("POST", Set, "[]")).TextAsync());
    }

    private static string? KeyOf(JsonElement item) => item.GetProperty("key").GetString();
}

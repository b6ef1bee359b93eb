using System.Text.Json;
using System.Text.Json.Nodes;

namespace Remanso.Server.Tests.Endpoints;

/// <summary>Members that a body need not have: clients that are generated send null for what is not set.</summary>
public sealed class NullMemberTests
{
    private const string Cache = "/v1/caches/default/";

    [Fact]
    public async Task Null_is_taken_for_every_member_whose_shape_has_it()
    {
        await using var server = await RunningServer.StartAsync();
        var document = JsonNode.Parse(await server.Client.GetStringAsync("/openapi/v1.json"))!;
        List<string> sent = [];
        foreach (var (path, item) in document["paths"]!.AsObject())
        {
            foreach (var (method, call) in item!.AsObject())
            {
                if (call!["requestBody"]?["content"]?["application/json"] is not { } body)
                {
                    continue;
                }

                var (example, names) = WithNulls(document, body["schema"]!, body["example"]!.DeepClone());
                var target = path.Replace("{cache}", "default", StringComparison.Ordinal).Replace("{key}", "k", StringComparison.Ordinal);
                var answer = await server.SendAsync(method.ToUpperInvariant(), target, example.ToJsonString());
                Assert.True(answer.IsSuccessStatusCode, $"{method} {path} {example.ToJsonString()}: {await answer.TextAsync()}");
                sent.AddRange(names.Select(name => $"{call["operationId"]}.{name}"));
            }
        }

        Assert.Equal(
            [
                "batchSetEntries.tags",
                "expireEntries.all",
                "expireEntries.keys",
                "invalidateEntries.all",
                "invalidateEntries.keys",
                "mergeEntry.by",
                "mergeEntry.cap",
                "setValue.tags",
            ],
            sent.Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("increment", """{"by":null}""", "1")]
    [InlineData("merge", """{"op":"add","by":null,"value":null,"cap":null}""", "1")]
    [InlineData("merge", """{"op":"append","value":null,"cap":null}""", "[null]")]
    [InlineData("merge", """{"op":"append","value":2,"by":null}""", "[2]")]
    public async Task A_merge_takes_null_as_what_is_not_there(string call, string body, string value)
    {
        await using var server = await RunningServer.StartAsync();

        await server.SendAsync("POST", Cache + "entries/k/" + call, body);

        Assert.Equal(value, await server.Client.GetStringAsync(Cache + "entries/k"));
    }

    [Theory]
    [InlineData("""{"keys":["a"],"tags":null,"all":null}""", " a")]
    [InlineData("""{"keys":null,"tags":null,"all":true}""", " all")]
    [InlineData("""{"keys":null,"tags":["t"]}""", " tags t")]
    [InlineData("""{"keys":null}""", null)]
    [InlineData("""{"keys":null,"tags":null,"all":null}""", null)]
    public async Task Copies_are_chosen_by_what_is_not_null_and_never_all_by_nulls(string body, string? chosen)
    {
        var cache = new ScriptedCache();
        await using var server = await RunningServer.StartAsync(cache);

        var invalidated = await server.SendAsync("POST", Cache + "invalidate", body);
        var expired = await server.SendAsync("POST", Cache + "expire", body);

        if (chosen is null)
        {
            await invalidated.AssertProblemAsync(400, "malformed-json");
            await expired.AssertProblemAsync(400, "malformed-json");
            Assert.Empty(cache.Calls);
            return;
        }

        var removed = chosen.StartsWith(" tags", StringComparison.Ordinal) ? "remove" : "invalidate";
        Assert.Equal([removed + chosen, "expire" + chosen], cache.Calls);
    }

    [Fact]
    public async Task Dead_letters_are_chosen_by_the_query_where_the_keys_are_null()
    {
        await using var server = await RunningServer.StartAsync();

        var dropped = await server.SendAsync("DELETE", Cache + "dead-letters?all=true", """{"keys":null}""");

        Assert.Equal("""{"dropped":0}""", await dropped.TextAsync());
    }

    [Theory]
    [InlineData("POST", "entries/k/increment", """{"by":"1"}""")]
    [InlineData("POST", "entries/k/merge", """{"op":"max","value":null}""")]
    [InlineData("POST", "entries/k/merge", """{"op":null,"value":1}""")]
    [InlineData("POST", "preload", """{"keys":null}""")]
    [InlineData("POST", "entries:batch-set", """[{"key":null,"value":1}]""")]
    [InlineData("POST", "entries:batch-get", """[null]""")]
    [InlineData("POST", "dead-letters", """{"keys":null}""")]
    public async Task Null_is_refused_where_something_must_be(string method, string call, string body)
    {
        await using var server = await RunningServer.StartAsync();
        await (await server.SendAsync(method, Cache + call, body)).AssertProblemAsync(400, "malformed-json");
    }

    /// <summary>The example with null for what it has not and may have, and the names of that.</summary>
    private static (JsonNode Example, List<string> Names) WithNulls(JsonNode document, JsonNode schema, JsonNode example)
    {
        schema = Resolve(document, schema);
        if (example is JsonArray)
        {
            schema = Resolve(document, schema["items"]!);
        }

        List<string> names = [];
        foreach (var (name, member) in schema["properties"]?.AsObject() ?? [])
        {
            // What may be anything may be null as well; there it is a value.
            if (member!["type"] is not JsonArray types || !types.Any(static type => type!.GetValue<string>() == "null"))
            {
                continue;
            }

            foreach (var one in (example is JsonArray all ? all : [example.DeepClone()]).ToArray())
            {
                if (one!.AsObject().ContainsKey(name))
                {
                    continue;
                }

                (example is JsonArray ? one : example).AsObject()[name] = null;
                names.Add(name);
            }
        }

        return (example, names);
    }

    private static JsonNode Resolve(JsonNode document, JsonNode schema) =>
        schema["$ref"] is { } reference
            ? reference.GetValue<string>().TrimStart('#', '/').Split('/').Aggregate(document, static (node, name) => node[name]!)
            : schema;
}

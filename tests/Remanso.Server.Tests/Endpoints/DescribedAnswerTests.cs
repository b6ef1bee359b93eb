using System.Text.Json;
using Remanso.Entries;

namespace Remanso.Server.Tests.Endpoints;

/// <summary>What the calls answer in JSON, against their shapes in the OpenAPI document: generated clients know no
/// other members.</summary>
public sealed class DescribedAnswerTests
{
    private const string Caches = "/v1/caches/{cache}/";

    // The path of the document, the method, the end of the address where it is another, and the body.
    private static readonly (string Path, string Method, string? Address, string? Body)[] _calls =
    [
        ("/set", "POST", null, """{"key":"k","value":{"n":1}}"""),
        ("/get/{key}", "GET", "/get/text", null),
        ("/get/{key}", "GET", "/get/json", null),
        ("/get/{key}", "GET", "/get/binary", null),
        (Caches + "entries/{key}", "PUT", "entries/k", "v"),
        (Caches + "entries/{key}", "DELETE", "entries/k", null),
        (Caches + "entries:batch-get", "POST", "entries:batch-get", """["text","json","binary","absent","broken",""]"""),
        (Caches + "entries:batch-set", "POST", "entries:batch-set", """[{"key":"k","value":1},{"key":"refused","value":1}]"""),
        (Caches + "entries/{key}/wait", "POST", "entries/k/wait?version=7&durability=stored", null),
        (Caches + "flush", "POST", "flush", null),
        (Caches + "preload", "POST", "preload", """{"keys":["text","absent","broken"]}"""),
        (Caches + "dead-letters", "GET", "dead-letters", null),
        (Caches + "dead-letters", "POST", "dead-letters", """{"keys":["k"]}"""),
        (Caches + "dead-letters", "DELETE", "dead-letters", """{"keys":["k"]}"""),
        (Caches + "dead-letters/{key}", "PUT", "dead-letters/k", "better"),
        ("/v1/stats", "GET", null, null),
        ("/health/live", "GET", null, null),
        ("/health/ready", "GET", null, null),
    ];

    // These need the engine.
    private static readonly (string Path, string Method, string? Address, string? Body)[] _engineCalls =
    [
        (Caches + "entries/{key}", "PATCH", "entries/patched", """{"a":1}"""),
        (Caches + "entries/{key}/increment", "POST", "entries/count/increment", null),
        (Caches + "entries/{key}/merge", "POST", "entries/list/merge", """{"op":"append","value":1}"""),
        ("/v1/processes", "GET", null, null),
    ];

    [Fact]
    public async Task Every_answer_has_the_members_that_its_shape_has_and_no_others()
    {
        await using var scripted = await RunningServer.StartAsync(Script());
        await using var engine = await RunningServer.StartAsync();
        using var document = JsonDocument.Parse(await engine.Client.GetStringAsync("/openapi/v1.json"));
        var shapes = new DescribedShapes(document.RootElement);

        foreach (var call in _calls)
        {
            await HoldAsync(shapes, scripted, call);
        }

        foreach (var call in _engineCalls)
        {
            await HoldAsync(shapes, engine, call);
        }

        // A further call with an answer needs a line above.
        Assert.Empty(shapes.Operations.Except([.. _calls.Concat(_engineCalls).Select(static call => (call.Path, call.Method))]));
    }

    [Fact]
    public async Task An_absent_key_of_the_original_read_is_answered_as_its_shape_says()
    {
        await using var server = await RunningServer.StartAsync();
        using var document = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));

        var answer = await server.Client.GetAsync("/get/absent");

        var shapes = new DescribedShapes(document.RootElement);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(string.Empty, shapes.Faults("/get/{key}", "GET", 404, await answer.JsonAsync()));
    }

    private static async Task HoldAsync(
        DescribedShapes shapes,
        RunningServer server,
        (string Path, string Method, string? Address, string? Body) call
    )
    {
        var address =
            call.Address is null ? call.Path
            : call.Address.StartsWith('/') ? call.Address
            : "/v1/caches/default/" + call.Address;
        var type = call.Method == "PATCH" ? "application/merge-patch+json" : null;
        using var answer = await server.SendAsync(call.Method, address, call.Body, type);
        Assert.True(answer.IsSuccessStatusCode, $"{call.Method} {address}: {await answer.TextAsync()}");
        Assert.Equal(string.Empty, shapes.Faults(call.Path, call.Method, (int)answer.StatusCode, await answer.JsonAsync()));
    }

    private static ScriptedCache Script()
    {
        var entry = new CacheEntry
        {
            Version = 5,
            Value = new byte[3],
            ContentType = "text/plain",
        };
        return new ScriptedCache
        {
            Read = static (key, _) =>
                key switch
                {
                    "text" => ScriptedCache.Found("v"),
                    "json" => ScriptedCache.Found("{}", type: "application/json"),
                    "binary" => ScriptedCache.Found([0xff], ReadSource.Tier, ReadFlags.None, "image/png"),
                    _ => default,
                },
            Write = static (key, _, _) =>
                key == "refused" ? throw new BackPressureException(TimeSpan.FromSeconds(1)) : new WriteReceipt(7, Durability.Accepted),
            DeadLetters = [new DeadLetter("k", entry, "too long", 1_763_757_600_000_000)],
            Report = new FlushReport(3, new Dictionary<string, string>(StringComparer.Ordinal) { ["k"] = "too long" }),
        };
    }
}

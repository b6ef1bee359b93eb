using System.Text.Json;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;

namespace Remanso.Server.Tests.Endpoints;

/// <summary>Of a batch a part fails: the others have their answers.</summary>
public sealed class BatchFaultTests
{
    private const string Set = "/v1/caches/default/entries:batch-set";
    private const string Get = "/v1/caches/default/entries:batch-get";

    private static readonly string _keys = string.Join(',', Enumerable.Range(0, 1001).Select(static n => $"\"{n}\""));

    [Fact]
    public async Task What_a_call_of_a_batch_fails_with_stands_beside_its_own_entries()
    {
        var calls = 0;
        var cache = new ScriptedCache
        {
            BeforeMany = () => ++calls > 2 ? Task.CompletedTask : throw new TierUnavailableException("away", mayHaveHappened: calls == 1),
        };
        await using var server = await RunningServer.StartAsync(cache);

        var set = await server.SendAsync(
            "POST",
            Set,
            """[{"key":"a","value":"x","tags":["a"]},{"key":"b","value":"x","tags":["b"]},{"key":"c","value":"x","tags":["c"]}]"""
        );

        var items = (await set.JsonAsync()).EnumerateArray().ToArray();
        Assert.Equal([503, 503, 202], items.Select(StatusOf));
        Assert.Contains("may have been accepted", items[0].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("may have been accepted", items[1].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_cannot_be_read_has_its_error_beside_it_whatever_that_is()
    {
        var cache = new ScriptedCache
        {
            Read = static (key, _) =>
                key switch
                {
                    "foreign" => new ReadResult<Bytes>(new InvalidDataException("somebody else's bytes")),
                    "away" => new ReadResult<Bytes>(new TierUnavailableException("away", mayHaveHappened: false)),
                    _ => ScriptedCache.Found("v"),
                },
        };
        await using var server = await RunningServer.StartAsync(cache);

        var get = await server.SendAsync("POST", Get, """["a","foreign","away","b"]""");

        var items = (await get.JsonAsync()).EnumerateArray().ToArray();
        Assert.Equal([200, 500, 503, 200], items.Select(StatusOf));
        Assert.Equal([null, "internal-error", "tier-unavailable", null], items.Select(NameOf));
        Assert.Equal([null, null, "1", null], items.Select(static item => TextOf(item, "retryAfter")));
    }

    public static TheoryData<string> Refusals => [.. _refusals.Keys];

    private static readonly Dictionary<string, Exception> _refusals = new(StringComparer.Ordinal)
    {
        ["back-pressure"] = new BackPressureException(TimeSpan.FromSeconds(2.1)),
        ["idempotency-full"] = new IdempotencyExhaustedException(TimeSpan.FromSeconds(30)),
        ["idempotency-conflict"] = new IdempotencyConflictException("k", "once"),
        ["invalid-value"] = new InvalidValueException("default", "k", "it is too long"),
        ["invalid-tag"] = new InvalidTagException("empty"),
        ["value-too-large"] = new ValueTooLargeException(9, 8),
        ["invalid-content-type"] = new InvalidContentTypeException("long"),
        ["superseded"] = new WriteSupersededException("k", 5, 9),
        ["durability-unavailable"] = new DurabilityUnavailableException(Durability.Replicated, "no replica"),
        ["durability-not-reached"] = new DurabilityNotReachedException(5, Durability.Stored, "late"),
        ["tier-unavailable"] = new TierUnavailableException("away", mayHaveHappened: true),
        ["internal-error"] = new InvalidDataException("a fault"),
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task An_entry_is_refused_by_the_same_problem_in_a_batch_and_alone(string name)
    {
        var cache = new ScriptedCache
        {
            Write = (key, _, _) => key == "k" ? throw _refusals[name] : new WriteReceipt(5, Durability.Stored),
        };
        await using var server = await RunningServer.StartAsync(cache);

        var alone = await server.SendAsync("PUT", "/v1/caches/default/entries/k", "v");
        var set = await server.SendAsync("POST", Set, """[{"key":"k","value":1},{"key":"other","value":1}]""");

        var problem = await alone.AssertProblemAsync((int)alone.StatusCode, name);
        var items = (await set.JsonAsync()).EnumerateArray().ToArray();
        Assert.Equal((200, null), (StatusOf(items[1]), NameOf(items[1])));
        foreach (var member in new[] { "status", "type", "version", "accepted" })
        {
            Assert.Equal(TextOf(problem, member), TextOf(items[0], member));
        }

        Assert.Equal(alone.Header("Retry-After"), TextOf(items[0], "retryAfter"));
        Assert.Equal(_accepted.TryGetValue(name, out var accepted) ? accepted : "False", TextOf(problem, "accepted"));
    }

    // Of the others it is certain that nothing was written.
    private static readonly Dictionary<string, string?> _accepted = new(StringComparer.Ordinal)
    {
        ["durability-not-reached"] = "True",
        ["tier-unavailable"] = null,
        ["internal-error"] = null,
    };

    [Theory]
    [InlineData("PUT", "entries/k", "v")]
    [InlineData("DELETE", "entries/k", null)]
    [InlineData("POST", "entries/k/increment", "{}")]
    [InlineData("POST", "entries/k/merge", "{\"op\":\"max\",\"value\":1}")]
    [InlineData("PUT", "dead-letters/k", "v")]
    public async Task Whether_a_write_that_did_not_reach_the_tier_is_accepted_is_told(string method, string call, string? body)
    {
        var mayHaveHappened = false;
        var cache = new ScriptedCache
        {
            Write = (_, _, _) => throw new TierUnavailableException("away", mayHaveHappened),
            DeadLetters = [new DeadLetter("k", 5, "too long", 0)],
        };
        await using var server = await RunningServer.StartAsync(cache);

        var never = await server.SendAsync(method, "/v1/caches/default/" + call, body);
        mayHaveHappened = true;
        var perhaps = await server.SendAsync(method, "/v1/caches/default/" + call, body);
        var malformed = await server.SendAsync("PUT", "/v1/caches/default/entries/k?ttl=never", "v");

        Assert.Equal("False", TextOf(await never.AssertProblemAsync(503, "tier-unavailable"), "accepted"));
        Assert.Null(TextOf(await perhaps.AssertProblemAsync(503, "tier-unavailable"), "accepted"));
        Assert.Equal("False", TextOf(await malformed.AssertProblemAsync(400, "bad-request"), "accepted"));
    }

    [Fact]
    public async Task A_batch_of_which_something_may_be_written_says_not_that_nothing_is()
    {
        foreach (var (calls, expected) in new[] { ("never perhaps", null), ("perhaps never", null), ("never never", "False") })
        {
            Queue<string> left = new(calls.Split(' '));
            var cache = new ScriptedCache
            {
                BeforeMany = () => throw new TierUnavailableException("away", mayHaveHappened: left.Dequeue() == "perhaps"),
            };
            await using var server = await RunningServer.StartAsync(cache);

            var body = """[{"key":"k","value":1,"tags":["a"]},{"key":"l","value":1,"tags":["b"]}]""";
            var problem = await (await server.SendAsync("POST", Set, body)).AssertProblemAsync(503, "tier-unavailable");

            Assert.Equal(expected, TextOf(problem, "accepted"));
        }
    }

    [Fact]
    public async Task What_is_no_write_says_nothing_of_one()
    {
        var cache = new ScriptedCache
        {
            Read = static (_, _) => throw new CacheStoppedException("default"),
            Wait = static (_, _) => throw new DurabilityUnavailableException(Durability.Replicated, "no replica"),
        };
        await using var server = await RunningServer.StartAsync(cache);

        var read = await server.SendAsync("GET", "/v1/caches/default/entries/k");
        var wait = await server.SendAsync("POST", "/v1/caches/default/entries/k/wait?version=5&durability=replicated");

        Assert.Null(TextOf(await read.AssertProblemAsync(503, "stopped"), "accepted"));
        Assert.Null(TextOf(await wait.AssertProblemAsync(501, "durability-unavailable"), "accepted"));
    }

    [Fact]
    public async Task A_refused_key_of_a_read_is_named_by_its_problem()
    {
        using var folder = new TemporaryFolder();
        var file = new RemansoKeyFile(folder.File("keys.json"), TimeProvider.System);
        var (_, text) = file.Create("app", new RemansoGrant(RemansoScopes.Read, ["*"], "mine:"));
        await using var server = await RunningServer.StartAsync(new ScriptedCache(), "--Remanso:Security:KeyFile", file.Path);

        var get = await server.SendAsync("POST", Get, """["mine:a","","other:a"]""", headers: ("X-Api-Key", text));

        var items = (await get.JsonAsync()).EnumerateArray().ToArray();
        Assert.Equal([404, 400, 403], items.Select(StatusOf));
        Assert.Equal([null, "invalid-key", "forbidden"], items.Select(NameOf));
        Assert.Equal("This needs the scope read for this key of the cache 'default'.", TextOf(items[2], "error"));
    }

    [Fact]
    public async Task An_event_whose_value_cannot_be_read_is_told_by_its_problem()
    {
        var cache = new ScriptedCache
        {
            Changes = [new(CacheChangeKind.Written) { Key = "k", Version = 5 }],
            Read = static (_, _) => throw new TierUnavailableException("away", mayHaveHappened: false),
        };
        await using var server = await RunningServer.StartAsync(cache);

        var events = await server.Client.GetStringAsync("/v1/caches/default/watch?values=true");

        var data = JsonDocument.Parse(events.Split("data: ")[1]).RootElement;
        Assert.Equal(("k", "5", "tier-unavailable"), (TextOf(data, "key"), TextOf(data, "version"), NameOf(data)));
        Assert.Equal(("1", false), (TextOf(data, "retryAfter"), data.TryGetProperty("value", out _)));
        Assert.StartsWith("The tier can't be reached now", TextOf(data, "error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_of_which_none_can_be_read_keep_no_later_part_of_the_batch_from_its_answer()
    {
        var calls = 0;
        var cache = new ScriptedCache
        {
            Read = static (_, _) => ScriptedCache.Found("v"),
            BeforeMany = () => ++calls > 1 ? Task.CompletedTask : throw new TierUnavailableException("away", mayHaveHappened: false),
        };
        await using var server = await RunningServer.StartAsync(cache);

        var get = await server.SendAsync("POST", Get, $"[\"\",{_keys}]");

        var statuses = (await get.JsonAsync()).EnumerateArray().Select(StatusOf).ToArray();
        Assert.Equal(1002, statuses.Length);
        Assert.Equal((400, 503, 200), (statuses[0], statuses[1], statuses[^1]));
    }

    [Fact]
    public async Task Where_no_part_of_a_batch_can_be_read_the_call_fails()
    {
        var cache = new ScriptedCache { BeforeMany = static () => throw new TierUnavailableException("away", mayHaveHappened: false) };
        await using var server = await RunningServer.StartAsync(cache);

        var get = await server.SendAsync("POST", Get, $"[{_keys}]");

        await get.AssertProblemAsync(503, "tier-unavailable");
    }

    [Fact]
    public async Task What_cannot_be_read_now_is_not_asked_for_part_by_part()
    {
        var calls = 0;
        var cache = new ScriptedCache
        {
            Read = static (_, _) => ScriptedCache.Found("v"),
            BeforeMany = () => ++calls > 1 ? throw new TierUnavailableException("away", mayHaveHappened: false) : Task.CompletedTask,
        };
        await using var server = await RunningServer.StartAsync(cache);
        var keys = string.Join(',', Enumerable.Range(0, 5000).Select(static n => $"\"{n}\""));

        var get = await server.SendAsync("POST", Get, $"[{keys}]");

        var statuses = (await get.JsonAsync()).EnumerateArray().Select(StatusOf).ToArray();
        Assert.Equal((5000, 200, 503, 503), (statuses.Length, statuses[0], statuses[1999], statuses[^1]));
        Assert.Equal(3, calls);

        // Where nothing was read before, the call fails.
        await (await server.SendAsync("POST", Get, $"[{keys}]")).AssertProblemAsync(503, "tier-unavailable");
        Assert.Equal(5, calls);
    }

    private static string? NameOf(JsonElement item) => TextOf(item, "type")?.Replace("urn:remanso:problem:", "", StringComparison.Ordinal);

    private static string? TextOf(JsonElement item, string name) => item.TryGetProperty(name, out var value) ? value.ToString() : null;

    private static int StatusOf(JsonElement item) => item.GetProperty("status").GetInt32();
}

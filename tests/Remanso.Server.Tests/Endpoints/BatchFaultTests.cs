using System.Text.Json;

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

        Assert.Equal([200, 500, 503, 200], (await get.JsonAsync()).EnumerateArray().Select(StatusOf));
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

    private static int StatusOf(JsonElement item) => item.GetProperty("status").GetInt32();
}

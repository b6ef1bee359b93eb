using Remanso.ReadThrough;
using Xunit;

namespace Remanso.Tests.ReadThrough;

public sealed class SingleFlightRecursionTests
{
    private readonly SingleFlight<string, string> _flights = new();

    [Fact]
    public async Task A_load_that_asks_for_its_own_key_at_once_fails()
    {
        var error = await Assert.ThrowsAsync<RecursiveLoadException>(() => Ask("a", Chain("a", "a")).Soon());

        Assert.Equal("a", error.Key);
        Assert.Contains("'a'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_load_that_asks_for_its_own_key_after_a_wait_and_on_another_thread_fails()
    {
        async ValueTask<string> Load(string key, CancellationToken token)
        {
            await Task.Yield();
            return await Task.Run(async () => (await _flights.RunAsync(key, Load, token)).Value, token);
        }

        await Assert.ThrowsAsync<RecursiveLoadException>(() => _flights.RunAsync("a", Load).Soon());
        Assert.Equal(0, _flights.Count);
    }

    [Fact]
    public async Task A_load_that_comes_back_to_its_key_through_others_fails_and_fails_them()
    {
        await Assert.ThrowsAsync<RecursiveLoadException>(() => Ask("a", Chain("a", "b", "c", "a")).Soon());
    }

    [Fact]
    public async Task A_circle_through_two_caches_of_different_types_is_seen()
    {
        var numbers = new SingleFlight<int, int>();
        async ValueTask<string> Text(string key, CancellationToken token)
        {
            await Task.Yield();
            return (await numbers.RunAsync(1, Number, token)).Value.ToString();
        }

        async ValueTask<int> Number(int key, CancellationToken token)
        {
            await Task.Yield();
            return (await _flights.RunAsync("a", Text, token)).Value.Length;
        }

        await Assert.ThrowsAsync<RecursiveLoadException>(() => _flights.RunAsync("a", Text).Soon());
    }

    [Fact]
    public async Task A_load_that_forgets_its_key_before_it_asks_for_it_fails_too()
    {
        async ValueTask<string> Load(string key, CancellationToken token)
        {
            _flights.Forget(key);
            return (await _flights.RunAsync(key, Load, token)).Value;
        }

        await Assert.ThrowsAsync<RecursiveLoadException>(() => _flights.RunAsync("a", Load).Soon());
    }

    [Fact]
    public async Task Two_loads_that_began_apart_and_wait_for_each_other_fail_instead_of_hanging()
    {
        var bothFly = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        async ValueTask<string> LoadThenAsk(string other)
        {
            await bothFly.Task;
            return (await _flights.RunAsync(other, (_, _) => LoadThenAsk("never"))).Value;
        }

        var a = _flights.RunAsync("a", (_, _) => LoadThenAsk("b")).AsTask();
        var b = _flights.RunAsync("b", (_, _) => LoadThenAsk("a")).AsTask();
        bothFly.SetResult();

        await Assert.ThrowsAsync<RecursiveLoadException>(() => a.Soon());
        await Assert.ThrowsAsync<RecursiveLoadException>(() => b.Soon());
    }

    [Fact]
    public async Task A_circle_that_closes_through_a_joined_flight_further_up_is_seen()
    {
        var aFlies = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var b = new ManualLoad();
        async ValueTask<string> LoadB(string key, CancellationToken token)
        {
            await b.LoadAsync(key, token);
            return (await Ask("c", Chain("c", "a"))).Value;
        }

        // b flies first and alone; a joins it; then b's load starts c, whose load asks for a.
        var first = _flights.RunAsync("b", LoadB).AsTask();
        var second = _flights
            .RunAsync("a", async (_, token) =>
            {
                await aFlies.Task;
                return (await _flights.RunAsync("b", LoadB, token)).Value;
            })
            .AsTask();
        aFlies.SetResult();
        b.End("go on");

        await Assert.ThrowsAsync<RecursiveLoadException>(() => first.Soon());
        await Assert.ThrowsAsync<RecursiveLoadException>(() => second.Soon());
    }

    [Fact]
    public async Task A_load_may_ask_for_other_keys_also_for_those_in_the_air()
    {
        var b = new ManualLoad();
        var first = _flights.RunAsync("b", b.LoadAsync).AsTask();
        var a = _flights
            .RunAsync("a", async (_, token) =>
                (await _flights.RunAsync("b", b.LoadAsync, token)).Value + (await Ask("c", Chain("c"))).Value
            )
            .AsTask();
        b.End("b");

        Assert.Equal("bend", (await a.Soon()).Value);
        Assert.Equal(new FlightResult<string>("b", Joined: false, Shared: true), await first.Soon());
    }

    [Fact]
    public async Task One_caller_may_ask_twice_for_a_key_before_it_awaits()
    {
        var load = new ManualLoad();
        var one = _flights.RunAsync("a", load.LoadAsync);
        var two = _flights.RunAsync("a", load.LoadAsync);
        load.End("v");

        Assert.False((await one.Soon()).Joined);
        Assert.True((await two.Soon()).Joined);
    }

    [Fact]
    public async Task A_refusal_harms_nobody_else_in_the_flight()
    {
        var end = new ManualLoad();
        Task<FlightResult<string>>? refused = null;
        var leader = _flights.RunAsync("a", (key, token) =>
        {
            refused = Ask("a", Chain("a")).AsTask();
            return end.LoadAsync(key, token);
        });

        await Assert.ThrowsAsync<RecursiveLoadException>(() => refused!.Soon());
        end.End("v");
        Assert.Equal(new FlightResult<string>("v", Joined: false, Shared: false), await leader.Soon());
    }

    [Fact]
    public async Task What_a_load_leaves_behind_may_ask_for_its_key_after_it_has_ended()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<FlightResult<string>>? leftBehind = null;
        async Task<FlightResult<string>> AskLater()
        {
            await ended.Task;
            return await Ask("a", Chain("a"));
        }

        await _flights.RunAsync("a", (_, _) =>
        {
            leftBehind = AskLater();
            return new ValueTask<string>("v");
        });
        ended.SetResult();

        Assert.Equal("end", (await leftBehind!.Soon()).Value);
    }

    [Fact]
    public async Task A_wait_that_was_given_up_is_no_part_of_a_circle()
    {
        using var giveUp = new CancellationTokenSource();
        var bAsks = new ManualLoad();
        var aEnds = new ManualLoad();
        async ValueTask<string> LoadB(string key, CancellationToken token)
        {
            await bAsks.LoadAsync(key, token);
            return (await _flights.RunAsync("a", aEnds.LoadAsync, token)).Value;
        }

        var b = _flights.RunAsync("b", LoadB).AsTask();
        var a = _flights
            .RunAsync("a", async (key, token) =>
            {
                await Assert.ThrowsAsync<OperationCanceledException>(() => _flights.RunAsync("b", LoadB, giveUp.Token).AsTask());
                return await aEnds.LoadAsync(key, token);
            })
            .AsTask();
        await giveUp.CancelAsync();
        bAsks.End("go on");
        aEnds.End("v");

        Assert.Equal("v", (await a.Soon()).Value);
        Assert.Equal("v", (await b.Soon()).Value);
    }

    [Fact]
    public async Task A_flight_that_its_leader_gave_up_is_no_part_of_a_circle()
    {
        using var giveUp = new CancellationTokenSource();
        var bAsks = new ManualLoad();
        var aEnds = new ManualLoad();
        var aGaveUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        async ValueTask<string> LoadB(string key, CancellationToken token)
        {
            await bAsks.LoadAsync(key, token);
            return (await _flights.RunAsync("a", aEnds.LoadAsync, token)).Value;
        }

        var a = _flights
            .RunAsync("a", async (key, token) =>
            {
                await Assert.ThrowsAsync<OperationCanceledException>(() => _flights.RunAsync("b", LoadB, giveUp.Token).AsTask());
                aGaveUp.SetResult();
                return await aEnds.LoadAsync(key, token);
            })
            .AsTask();
        var b = _flights.RunAsync("b", LoadB).AsTask();
        await giveUp.CancelAsync();
        await aGaveUp.Task.Soon();
        bAsks.End("go on");
        aEnds.End("v");

        Assert.Equal("v", (await a.Soon()).Value);
        Assert.Equal(new FlightResult<string>("v", Joined: true, Shared: false), await b.Soon());
    }

    private ValueTask<FlightResult<string>> Ask(string key, Func<string, CancellationToken, ValueTask<string>> load) =>
        _flights.RunAsync(key, load);

    /// <summary>The load of the first key: it asks for the second, whose load asks for the third, and so on.</summary>
    private Func<string, CancellationToken, ValueTask<string>> Chain(params string[] keys) =>
        keys.Length == 1 ? static (_, _) => new ValueTask<string>("end") : async (_, _) => (await Ask(keys[1], Chain(keys[1..]))).Value;
}

using System.Runtime.CompilerServices;
using Remanso.ReadThrough;
using Xunit;

namespace Remanso.Tests.ReadThrough;

public sealed class SingleFlightTests
{
    private readonly SingleFlight<string, string> _flights = new();
    private readonly ManualLoad _load = new();

    [Fact]
    public async Task Callers_of_one_key_share_one_load_and_know_it()
    {
        var leader = _flights.RunAsync("k", _load.LoadAsync);
        var joined = _flights.RunAsync("k", _load.LoadAsync);
        _load.End("v");

        Assert.Equal(new FlightResult<string>("v", Joined: false, Shared: true), await leader.Soon());
        Assert.Equal(new FlightResult<string>("v", Joined: true, Shared: true), await joined.Soon());
        Assert.Equal(1, _load.Calls);
    }

    [Fact]
    public async Task A_caller_alone_leads_and_shares_with_nobody()
    {
        var caller = _flights.RunAsync("k", _load.LoadAsync);
        _load.End("v");

        Assert.Equal(new FlightResult<string>("v", Joined: false, Shared: false), await caller.Soon());
    }

    [Fact]
    public async Task Ten_thousand_concurrent_callers_cause_exactly_one_load()
    {
        var calls = new Task<FlightResult<string>>[10_000];
        Parallel.For(0, calls.Length, i => calls[i] = _flights.RunAsync("k", _load.LoadAsync).AsTask());
        _load.End("v");

        var results = await Task.WhenAll(calls).Soon();

        Assert.Equal(1, _load.Calls);
        Assert.Single(results, result => !result.Joined);
        Assert.All(results, result => Assert.True(result.Shared && ReferenceEquals(result.Value, results[0].Value)));
    }

    [Fact]
    public async Task Keys_fly_apart_and_the_comparer_says_which_are_one()
    {
        var flights = new SingleFlight<string, string>(StringComparer.OrdinalIgnoreCase);
        var other = new ManualLoad();
        var lower = flights.RunAsync("k", _load.LoadAsync);
        var upper = flights.RunAsync("K", _load.LoadAsync);
        var another = flights.RunAsync("x", other.LoadAsync);

        Assert.Equal(2, flights.Count);
        other.End("w");
        Assert.Equal("w", (await another.Soon()).Value);
        Assert.Equal(1, flights.Count);
        _load.End("v");
        Assert.False((await lower.Soon()).Joined);
        Assert.True((await upper.Soon()).Joined);
        Assert.Equal(0, flights.Count);
    }

    [Fact]
    public async Task Nothing_is_kept_after_the_flight_and_a_woken_caller_that_asks_again_loads_again()
    {
        async Task<FlightResult<string>> AskTwice()
        {
            await _flights.RunAsync("k", _load.LoadAsync);
            return await _flights.RunAsync("k", static (_, _) => new ValueTask<string>("second"));
        }

        var asking = AskTwice();
        _load.End("first");

        Assert.Equal(new FlightResult<string>("second", Joined: false, Shared: false), await asking.Soon());
    }

    [Fact]
    public async Task A_load_that_completes_at_once_needs_no_wait()
    {
        var caller = _flights.RunAsync("k", 42, static (key, state, _) => new ValueTask<string>($"{key}{state}"));

        Assert.True(caller.IsCompletedSuccessfully);
        Assert.Equal(new FlightResult<string>("k42", Joined: false, Shared: false), await caller);
        Assert.Equal(0, _flights.Count);
    }

    [Fact]
    public async Task All_callers_get_the_loads_exception_with_its_stack_and_later_ones_do_not()
    {
        var entered = new TaskCompletionSource();
        async ValueTask<string> FailAsync(string key, CancellationToken token)
        {
            await entered.Task;
            return ThrowFromHere();
        }

        var leader = _flights.RunAsync("k", FailAsync);
        var joined = _flights.RunAsync("k", FailAsync);
        entered.SetResult();

        var first = await Assert.ThrowsAsync<FormatException>(() => leader.Soon());
        var second = await Assert.ThrowsAsync<FormatException>(() => joined.Soon());
        Assert.Same(first, second);
        Assert.Contains(nameof(ThrowFromHere), second.StackTrace, StringComparison.Ordinal);
        Assert.Equal("v", (await _flights.RunAsync("k", static (_, _) => new ValueTask<string>("v"))).Value);
    }

    [Fact]
    public async Task A_load_that_throws_at_once_fails_like_one_that_throws_later()
    {
        var caller = _flights.RunAsync("k", static (_, _) => new ValueTask<string>(ThrowFromHere()));

        Assert.True(caller.IsFaulted);
        var error = await Assert.ThrowsAsync<FormatException>(() => caller.Soon());
        Assert.Contains(nameof(ThrowFromHere), error.StackTrace, StringComparison.Ordinal);
        Assert.Equal(0, _flights.Count);
    }

    [Fact]
    public async Task Callers_that_joined_during_the_loads_synchronous_part_share_its_failure()
    {
        Task<FlightResult<string>>? joined = null;
        var leader = _flights.RunAsync("k", (_, _) =>
        {
            joined = Elsewhere(() => _flights.RunAsync("k", _load.LoadAsync));
            return ValueTask.FromException<string>(new FormatException());
        });

        await Assert.ThrowsAsync<FormatException>(() => leader.Soon());
        await Assert.ThrowsAsync<FormatException>(() => joined!.Soon());
        Assert.Equal(0, _load.Calls);
    }

    [Fact]
    public async Task The_loads_synchronous_part_holds_no_lock_and_others_join_and_leave_meanwhile()
    {
        using var giveUp = new CancellationTokenSource();
        Task<FlightResult<string>>? stays = null;
        Task<FlightResult<string>>? leaves = null;
        var leader = _flights.RunAsync("k", (_, _) =>
        {
            stays = Elsewhere(() => _flights.RunAsync("k", _load.LoadAsync));
            leaves = Elsewhere(() => _flights.RunAsync("k", _load.LoadAsync, giveUp.Token));
            giveUp.Cancel();
            Assert.Equal(1, _flights.Count);
            return new ValueTask<string>("v");
        });

        Assert.Equal(new FlightResult<string>("v", Joined: false, Shared: true), await leader.Soon());
        Assert.Equal(new FlightResult<string>("v", Joined: true, Shared: true), await stays!.Soon());
        await Assert.ThrowsAsync<OperationCanceledException>(() => leaves!.Soon());
    }

    [Fact]
    public async Task After_forget_later_callers_fly_anew_while_the_old_flight_goes_on_for_its_own()
    {
        var fresh = new ManualLoad();
        var before = _flights.RunAsync("k", _load.LoadAsync);
        Assert.True(_flights.Forget("k"));
        Assert.False(_flights.Forget("k"));
        var after = _flights.RunAsync("k", fresh.LoadAsync);

        _load.End("old");
        Assert.Equal("old", (await before.Soon()).Value);

        // The end of the old flight must not free the slot that the new one holds by now.
        var late = _flights.RunAsync("k", _load.LoadAsync);
        fresh.End("new");
        Assert.Equal(new FlightResult<string>("new", Joined: false, Shared: true), await after.Soon());
        Assert.Equal(new FlightResult<string>("new", Joined: true, Shared: true), await late.Soon());
    }

    [Fact]
    public async Task No_callers_continuation_delays_another_nor_the_loader()
    {
        using var both = new Barrier(2);
        async Task<bool> MeetTheOther(ValueTask<FlightResult<string>> call)
        {
            await call.ConfigureAwait(false);
            return both.SignalAndWait(TimeSpan.FromSeconds(20));
        }

        var leader = MeetTheOther(_flights.RunAsync("k", _load.LoadAsync));
        var joined = MeetTheOther(_flights.RunAsync("k", _load.LoadAsync));
        _load.End("v");

        Assert.True(await leader.Soon());
        Assert.True(await joined.Soon());
    }

    [Fact]
    public async Task A_caller_alone_goes_on_without_a_change_of_thread()
    {
        async Task<int> ThreadAfter(ValueTask<FlightResult<string>> call)
        {
            await call.ConfigureAwait(false);
            return Environment.CurrentManagedThreadId;
        }

        var caller = ThreadAfter(_flights.RunAsync("k", _load.LoadAsync));
        var endedOn = Environment.CurrentManagedThreadId;
        _load.End("v");

        Assert.Equal(endedOn, await caller.Soon());
    }

    [Fact]
    public async Task The_leaders_ambient_values_reach_the_load_and_the_loads_do_not_leak_out()
    {
        var ambient = new AsyncLocal<string> { Value = "leader" };
        var seen = await _flights.RunAsync("k", (_, _) =>
        {
            var value = ambient.Value!;
            ambient.Value = "load";
            return new ValueTask<string>(value);
        });

        Assert.Equal("leader", seen.Value);
        Assert.Equal("leader", ambient.Value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string ThrowFromHere() => throw new FormatException("the load's own");

    // On a thread, and in an execution context, of its own: not as part of the load that the test runs in.
    private static Task<FlightResult<string>> Elsewhere(Func<ValueTask<FlightResult<string>>> call)
    {
        Task<FlightResult<string>>? result = null;
        var thread = new Thread(() => result = call().AsTask());
        thread.UnsafeStart();
        thread.Join();
        return result!;
    }
}

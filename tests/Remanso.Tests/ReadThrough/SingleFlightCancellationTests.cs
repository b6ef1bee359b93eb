using System.Runtime.CompilerServices;
using Remanso.ReadThrough;
using Xunit;

namespace Remanso.Tests.ReadThrough;

public sealed class SingleFlightCancellationTests : IDisposable
{
    private readonly SingleFlight<string, string> _flights = new();
    private readonly ManualLoad _load = new();
    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task A_caller_that_gives_up_leaves_the_load_running_for_the_others()
    {
        var leader = _flights.RunAsync("k", _load.LoadAsync);
        var joined = _flights.RunAsync("k", _load.LoadAsync, _first.Token);
        await _first.CancelAsync();

        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => joined.Soon());
        Assert.Equal(_first.Token, error.CancellationToken);
        Assert.False(_load.Token.IsCancellationRequested);
        _load.End("v");
        Assert.Equal(new FlightResult<string>("v", Joined: false, Shared: false), await leader.Soon());
    }

    [Fact]
    public async Task A_leader_that_gives_up_leaves_the_load_running_for_those_who_joined()
    {
        var leader = _flights.RunAsync("k", _load.LoadAsync, _first.Token);
        var joined = _flights.RunAsync("k", _load.LoadAsync, _second.Token);
        await _first.CancelAsync();

        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => leader.Soon());
        Assert.Equal(_first.Token, error.CancellationToken);
        Assert.False(_load.Token.IsCancellationRequested);
        var late = _flights.RunAsync("k", _load.LoadAsync);
        _load.End("v");
        Assert.Equal(new FlightResult<string>("v", Joined: true, Shared: true), await joined.Soon());
        Assert.True((await late.Soon()).Joined);
        Assert.Equal(1, _load.Calls);
    }

    [Fact]
    public async Task The_load_is_cancelled_when_the_last_caller_has_left_and_not_before()
    {
        var leader = _flights.RunAsync("k", _load.LoadAsync, _first.Token);
        var joined = _flights.RunAsync("k", _load.LoadAsync, _second.Token);

        await _second.CancelAsync();
        Assert.False(_load.Token.IsCancellationRequested);
        await _first.CancelAsync();
        Assert.True(_load.Token.IsCancellationRequested);

        await Assert.ThrowsAsync<OperationCanceledException>(() => leader.Soon());
        await Assert.ThrowsAsync<OperationCanceledException>(() => joined.Soon());
        Assert.Equal(0, _flights.Count);
    }

    [Fact]
    public async Task A_caller_after_the_last_one_left_starts_a_fresh_flight()
    {
        var fresh = new ManualLoad();
        var gone = _flights.RunAsync("k", _load.LoadAsync, _first.Token);
        await _first.CancelAsync();
        var next = _flights.RunAsync("k", fresh.LoadAsync);

        // What the dying load still brings must reach nobody.
        _load.End("stale");
        Assert.False(next.IsCompleted);
        fresh.End("fresh");

        Assert.Equal(new FlightResult<string>("fresh", Joined: false, Shared: false), await next.Soon());
        await Assert.ThrowsAsync<OperationCanceledException>(() => gone.Soon());
    }

    [Fact]
    public async Task A_caller_that_has_given_up_before_it_asks_starts_no_load()
    {
        await _first.CancelAsync();
        var caller = _flights.RunAsync("k", _load.LoadAsync, _first.Token);

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller.Soon());
        Assert.Equal(_first.Token, error.CancellationToken);
        Assert.Equal(0, _load.Calls);
    }

    [Fact]
    public async Task A_leader_that_gives_up_during_the_loads_synchronous_part_leaves_at_its_first_wait()
    {
        var caller = _flights.RunAsync(
            "k",
            (key, token) =>
            {
                _first.Cancel();
                return _load.LoadAsync(key, token);
            },
            _first.Token
        );

        await Assert.ThrowsAsync<OperationCanceledException>(() => caller.Soon());
        Assert.True(_load.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_load_that_cancels_itself_is_cancelled_for_all()
    {
        var leader = _flights.RunAsync("k", _load.LoadAsync).AsTask();
        var joined = _flights.RunAsync("k", _load.LoadAsync, _first.Token).AsTask();
        var reason = new OperationCanceledException("the load's own");
        _load.Fail(reason);

        Assert.Same(reason, await Assert.ThrowsAsync<OperationCanceledException>(() => leader.Soon()));
        Assert.Same(reason, await Assert.ThrowsAsync<OperationCanceledException>(() => joined.Soon()));
        Assert.True(leader.IsCanceled && joined.IsCanceled);
    }

    [Fact]
    public async Task Giving_up_after_the_end_changes_nothing()
    {
        var caller = _flights.RunAsync("k", _load.LoadAsync, _first.Token);
        _load.End("v");
        await _first.CancelAsync();

        Assert.Equal("v", (await caller.Soon()).Value);
        Assert.False(_load.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task The_loads_cancellation_callbacks_do_not_hold_up_the_caller_that_gives_up()
    {
        using var cancelReturned = new ManualResetEventSlim();
        var ran = new TaskCompletionSource<bool>();
        var caller = _flights.RunAsync(
            "k",
            (key, token) =>
            {
                token.Register(() => ran.SetResult(cancelReturned.Wait(TimeSpan.FromSeconds(20))));
                return _load.LoadAsync(key, token);
            },
            _first.Token
        );

        _first.Cancel();
        cancelReturned.Set();

        Assert.True(await ran.Task.Soon());
        await Assert.ThrowsAsync<OperationCanceledException>(() => caller.Soon());
    }

    [Fact]
    public async Task A_caller_that_gave_up_is_let_go_before_the_load_ends()
    {
        var leader = _flights.RunAsync("k", _load.LoadAsync);
        var (source, left) = JoinAndLeave();
        var stays = _flights.RunAsync("k", _load.LoadAsync);
        await left.Soon();
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.False(source.IsAlive);
        _load.End("v");
        Assert.True((await leader.Soon()).Shared);
        Assert.True((await stays.Soon()).Shared);
    }

    // Its seat holds its registration, hence its source: the flight must have dropped the seat.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private (WeakReference Source, Task Left) JoinAndLeave()
    {
        var source = new CancellationTokenSource();
        var left = _flights
            .RunAsync("k", _load.LoadAsync, source.Token)
            .AsTask()
            .ContinueWith(static call => Assert.True(call.IsCanceled), TaskScheduler.Default);
        source.Cancel();
        return (new WeakReference(source), left);
    }
}

using Remanso.Testing;
using Remanso.Tests.ReadThrough;
using Xunit;

namespace Remanso.Tests.Time;

public sealed class ManualTimeProviderTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Both_clocks_stand_still_until_they_are_moved_and_move_together()
    {
        var (utc, timestamp) = (_time.GetUtcNow(), _time.GetTimestamp());
        Assert.Equal((utc, timestamp), (_time.GetUtcNow(), _time.GetTimestamp()));

        _time.Advance(TimeSpan.FromMilliseconds(1.5));

        Assert.Equal(TimeSpan.FromMilliseconds(1.5), _time.GetUtcNow() - utc);
        Assert.Equal(TimeSpan.FromMilliseconds(1.5), _time.GetElapsedTime(timestamp));
        Assert.Equal(10_000_000, _time.TimestampFrequency);
    }

    [Fact]
    public void Timers_fire_in_due_order_on_the_advancing_thread_with_the_clock_at_their_due_time()
    {
        var fired = new List<(string Name, double Seconds, int Thread)>();
        var start = _time.GetTimestamp();
        ITimer Arm(string name, double seconds, double period = -0.001) =>
            _time.CreateTimer(
                _ => fired.Add((name, _time.GetElapsedTime(start).TotalSeconds, Environment.CurrentManagedThreadId)),
                null,
                TimeSpan.FromSeconds(seconds),
                TimeSpan.FromSeconds(period)
            );

        using var late = Arm("late", 3);
        using var first = Arm("first", 1);
        using var tied = Arm("tied", 1);
        using var periodic = Arm("periodic", 2, 2);
        using var never = Arm("never", 9);
        Arm("disposed", 1).Dispose();
        _time.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal(
            [("first", 1.0), ("tied", 1.0), ("periodic", 2.0), ("late", 3.0), ("periodic", 4.0)],
            fired.Select(timer => (timer.Name, timer.Seconds))
        );
        Assert.All(fired, timer => Assert.Equal(Environment.CurrentManagedThreadId, timer.Thread));
        Assert.Equal(2, _time.ArmedTimers);
    }

    [Fact]
    public void A_timer_armed_by_a_callback_fires_in_the_same_advance_if_it_falls_due()
    {
        var fired = 0;
        using var inner = _time.CreateTimer(_ => fired++, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using var outer = _time.CreateTimer(
            _ => inner.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan),
            null,
            TimeSpan.FromSeconds(1),
            Timeout.InfiniteTimeSpan
        );

        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(1, fired);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task Delays_and_time_outs_of_the_platform_run_on_it()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(2), _time);
        var delay = Task.Delay(TimeSpan.FromSeconds(1), _time);
        await _time.WaitForTimersAsync(2);

        _time.Advance(TimeSpan.FromSeconds(1));
        await delay.Soon();
        Assert.False(timeout.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(timeout.IsCancellationRequested);
    }

    [Fact]
    public async Task A_test_waits_until_the_timers_it_needs_are_armed()
    {
        var waiting = _time.WaitForTimersAsync(2);
        using var one = _time.CreateTimer(static _ => { }, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        Assert.False(waiting.IsCompleted);
        using var two = _time.CreateTimer(static _ => { }, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        await waiting.Soon();
    }

    [Fact]
    public async Task A_wait_for_timers_that_never_come_says_what_was_missing()
    {
        var error = await Assert.ThrowsAsync<TimeoutException>(() => _time.WaitForTimersAsync(1, patience: TimeSpan.FromMilliseconds(1)));

        Assert.Equal("Waited for 1 armed timers; 0 are armed.", error.Message);
    }

    [Fact]
    public void The_wall_clock_can_be_set_back_and_timers_and_timestamps_do_not_notice()
    {
        var fired = 0;
        using var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        var (utc, timestamp) = (_time.GetUtcNow(), _time.GetTimestamp());
        _time.ShiftWallClock(TimeSpan.FromHours(-1));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromSeconds(1) - TimeSpan.FromHours(1), _time.GetUtcNow() - utc);
        Assert.Equal(TimeSpan.FromSeconds(1), _time.GetElapsedTime(timestamp));
        Assert.Equal(1, fired);
    }
}

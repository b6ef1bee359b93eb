using Remanso.Testing;
using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>A flusher rests while nothing is dirty, and hears of what becomes dirty at any moment.</summary>
public sealed class FlushSignalTests
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(45);

    private readonly ManualTimeProvider _time = new();
    private readonly FlushSignal _signal;

    public FlushSignalTests() => _signal = new FlushSignal(_time);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void Where_something_is_dirty_there_is_no_rest() => Assert.True(Rest(isClean: static () => false).IsCompleted);

    [Fact]
    public async Task What_becomes_dirty_beside_the_look_is_heard() =>
        await Rest(isClean: () =>
        {
            _signal.OnDirty();
            return true;
        });

    [Theory(Timeout = 30_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_first_write_or_a_flush_that_is_wanted_ends_it(bool isWanted)
    {
        var rest = Rest(isClean: static () => true);
        Assert.False(rest.IsCompleted);
        Assert.True(_signal.IsAtRest);
        var end = _signal.EndOfRest;
        Assert.False(end.IsCompleted);
        if (isWanted)
        {
            _signal.OnFlushWanted(isUrgent: true, partition: null);
        }
        else
        {
            _signal.OnDirty();
        }

        await rest;
        Assert.False(_signal.IsAtRest);
        Assert.True(end.IsCompleted);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task It_ends_by_itself_and_at_a_stop()
    {
        var rest = Rest(isClean: static () => true);
        _time.Advance(_longest);
        await rest;

        using var stop = new CancellationTokenSource();
        var stopped = _signal.RestAsync(static () => new(true), _longest, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
    }

    [Fact]
    public async Task What_is_wanted_of_a_partition_that_another_worker_holds_is_its_to_hear()
    {
        var signal = new FlushSignal(_time, static partition => partition == 3);
        signal.OnFlushWanted(isUrgent: true, partition: 2);
        var wait = signal.WaitAsync(TimeSpan.FromMinutes(1), Cancelled).AsTask();
        Assert.False(wait.IsCompleted);

        signal.OnFlushWanted(isUrgent: true, partition: 3);

        Assert.True(await wait);
    }

    [Fact]
    public async Task Signals_that_were_missed_are_no_writer_who_waits()
    {
        _signal.OnMissed();

        Assert.False(await _signal.WaitAsync(TimeSpan.FromMinutes(1), Cancelled));
    }

    private Task Rest(Func<bool> isClean) => _signal.RestAsync(() => new(isClean()), _longest, Cancelled).AsTask();
}

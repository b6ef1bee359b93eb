using Remanso.Testing;
using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Tests.WriteBehind;

public sealed class StoreReachTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _time = new();
    private readonly StoreReach _reach;
    private Exception? _error;
    private int _asked;

    public StoreReachTests() =>
        _reach = new StoreReach(
            _ =>
            {
                _asked++;
                return _error is null ? ValueTask.CompletedTask : ValueTask.FromException(_error);
            },
            _patience,
            _time,
            isAlone: true
        );

    [Fact]
    public void It_is_lost_after_failures_in_a_row_and_not_before()
    {
        for (var i = 1; i < StoreReach.MostFailures; i++)
        {
            Save(failed: true);
        }

        Assert.True(_reach.IsAble);
        Save(failed: false);
        for (var i = 1; i < StoreReach.MostFailures; i++)
        {
            Save(failed: true);
        }

        Assert.True(_reach.IsAble);
        Save(failed: null);
        Save(failed: true);
        Assert.False(_reach.IsAble);
        Assert.Equal("the store failed several times in a row", _reach.Problem);
    }

    [Fact]
    public void Others_are_told_of_where_others_reach_the_tier_alone()
    {
        var reach = new StoreReach(static _ => ValueTask.CompletedTask, _patience, _time, isAlone: false);
        for (var i = 0; i < StoreReach.MostFailures; i++)
        {
            reach.End(reach.Begin(), failed: true);
        }

        Assert.EndsWith("other workers that reach it flush for this one", reach.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_save_that_is_out_for_too_long_is_told_and_its_failure_counts_for_all()
    {
        var save = _reach.Begin();
        _time.Advance(_patience);
        Assert.True(_reach.IsAble);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(_reach.IsAble);
        Assert.Equal("the store has not answered for 12 s", _reach.Problem);
        _reach.End(save, failed: true);
        Assert.False(_reach.IsAble);
    }

    [Fact]
    public async Task It_is_asked_ever_more_rarely_and_trusted_for_one_failure()
    {
        _error = new TimeoutException();
        for (var i = 0; i < StoreReach.MostFailures; i++)
        {
            Save(failed: true);
        }

        var seconds = 0;
        foreach (var pause in new[] { 1, 2, 4, 8, 16, 30, 30 })
        {
            _time.Advance(TimeSpan.FromSeconds(pause - 0.5));
            await _reach.AskIfDueAsync(TestContext.Current.CancellationToken);
            Assert.Equal(seconds, _asked);
            _time.Advance(TimeSpan.FromSeconds(0.5));
            await _reach.AskIfDueAsync(TestContext.Current.CancellationToken);
            Assert.Equal(++seconds, _asked);
        }

        _error = null;
        _time.Advance(TimeSpan.FromSeconds(30));
        await _reach.AskIfDueAsync(TestContext.Current.CancellationToken);
        Assert.True(_reach.IsAble);
        Save(failed: true);
        Assert.False(_reach.IsAble);
    }

    [Fact]
    public async Task One_that_never_answers_is_asked_by_one_call()
    {
        var (answer, asked) = (new TaskCompletionSource(), 0);
        var reach = new StoreReach(
            _ =>
            {
                asked++;
                return new ValueTask(answer.Task);
            },
            _patience,
            _time,
            isAlone: true
        );
        for (var i = 0; i < StoreReach.MostFailures; i++)
        {
            reach.End(reach.Begin(), failed: true);
        }

        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            var asking = reach.AskIfDueAsync(TestContext.Current.CancellationToken);
            _time.Advance(_patience);
            await asking;
        }

        Assert.Equal((1, false), (asked, reach.IsAble));
        answer.SetResult();
        _time.Advance(TimeSpan.FromSeconds(30));
        await reach.AskIfDueAsync(TestContext.Current.CancellationToken);
        Assert.True(reach.IsAble);
    }

    [Fact]
    public async Task One_that_hangs_for_good_is_asked_again_after_ten_minutes()
    {
        var asked = 0;
        var reach = new StoreReach(
            _ => ++asked == 1 ? new ValueTask(new TaskCompletionSource().Task) : ValueTask.CompletedTask,
            _patience,
            _time,
            isAlone: true
        );
        for (var i = 0; i < StoreReach.MostFailures; i++)
        {
            reach.End(reach.Begin(), failed: true);
        }

        var began = _time.GetUtcNow();
        for (var minutes = 0; !reach.IsAble; minutes++)
        {
            Assert.InRange(minutes, 0, 12);
            _time.Advance(TimeSpan.FromMinutes(1));
            var asking = reach.AskIfDueAsync(TestContext.Current.CancellationToken);
            _time.Advance(_patience);
            await asking;
        }

        Assert.Equal(2, asked);
        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(13));
    }

    private void Save(bool? failed) => _reach.End(_reach.Begin(), failed);
}

using Remanso.Conformance.Support;
using Remanso.ReadThrough;
using Remanso.Stores;
using Remanso.Testing;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.ReadThrough;

[Collection(ManualClockTests.Name)]
public sealed class LoadBackoffTests
{
    [Fact]
    public async Task A_failing_key_without_a_copy_answers_with_its_failure_and_is_loaded_ever_less_often()
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
            (options.Load.FirstBackoff, options.Load.MaxBackoff) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5))
        );
        harness.Store.OnLoad = static (_, _) => throw new StoreException("down", isTransient: true);

        for (var i = 0; i < 6_000; i++)
        {
            Assert.Equal("down", (await Assert.ThrowsAsync<StoreException>(() => harness.Cache.GetAsync("k").AsTask())).Message);
            harness.Time.Advance(TimeSpan.FromMilliseconds(10));
        }

        // A minute: seven or so until the delay is 5 s, then one each 2.5 to 5 s.
        Assert.InRange(harness.Store.Loads.Count, 14, 35);
        Assert.Equal(6_000 - harness.Store.Loads.Count, (await harness.Cache.Operations.GetStatisticsAsync()).Loads.BackedOff);
    }

    [Fact]
    public async Task A_failing_key_with_a_stale_copy_serves_it_at_once_while_it_backs_off()
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
            (options.Ttl.Base, options.Ttl.Jitter) = (TimeSpan.FromSeconds(10), 0)
        );
        harness.Store.Put("k", "v", 1);
        await harness.Cache.GetAsync("k");
        harness.Time.Advance(TimeSpan.FromSeconds(11));
        harness.Store.OnLoad = static (_, _) => throw new StoreException("down", isTransient: true);

        Assert.Equal(ReadFlags.Found | ReadFlags.Stale, (await harness.Cache.GetAsync("k")).Flags);
        var again = harness.Cache.GetAsync("k");

        Assert.True(again.IsCompleted);
        Assert.Equal(ReadFlags.Found | ReadFlags.Stale | ReadFlags.BackedOff, (await again).Flags);
        Assert.Equal(2, harness.Store.Loads.Count);
    }

    [Fact]
    public async Task A_good_load_ends_the_back_off_and_the_next_failure_begins_a_new_one()
    {
        var time = new ManualTimeProvider();
        var backoffs = new LoadBackoffs(
            new LoadOptions { FirstBackoff = TimeSpan.FromSeconds(1), MaxBackoff = TimeSpan.FromMinutes(1) },
            time
        );
        for (var i = 0; i < 5; i++)
        {
            backoffs.Failed("k", new TimeoutException());
        }

        time.Advance(TimeSpan.FromSeconds(7));
        Assert.NotNull(backoffs.Find("k"));
        backoffs.Succeeded("k");
        Assert.Null(backoffs.Find("k"));
        backoffs.Failed("k", new TimeoutException());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(backoffs.Find("k"));
        await Task.CompletedTask;
    }

    [Fact]
    public void Failing_keys_are_remembered_in_bounded_memory_and_make_room_when_their_time_is_over()
    {
        var time = new ManualTimeProvider();
        var options = new LoadOptions();
        var backoffs = new LoadBackoffs(options, time);
        for (var i = 0; i < LoadBackoffs.Most + 1; i++)
        {
            backoffs.Failed($"k{i}", new TimeoutException());
        }

        Assert.NotNull(backoffs.Find("k0"));
        Assert.Null(backoffs.Find($"k{LoadBackoffs.Most}"));
        time.Advance(options.MaxBackoff * 2);
        backoffs.Failed("late", new TimeoutException());
        Assert.NotNull(backoffs.Find("late"));
    }

    [Fact]
    public async Task A_first_backoff_of_zero_lets_every_reader_try()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Load.FirstBackoff = TimeSpan.Zero);
        harness.Store.OnLoad = static (_, _) => throw new StoreException("down", isTransient: true);

        await Assert.ThrowsAsync<StoreException>(() => harness.Cache.GetAsync("k").AsTask());
        await Assert.ThrowsAsync<StoreException>(() => harness.Cache.GetAsync("k").AsTask());

        Assert.Equal(2, harness.Store.Loads.Count);
    }

    [Fact]
    public async Task A_caller_who_gives_up_is_no_failure_of_the_key()
    {
        var gate = new Gate();
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        using var gone = new CancellationTokenSource();
        var read = harness.Cache.GetAsync("k", gone.Token).AsTask();
        await gate.ArrivedAsync();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        gate.Open();

        Assert.False((await harness.Cache.GetAsync("k")).Found);
    }
}

using Remanso.Conformance.Tiers;
using Remanso.Stores;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>What a flush by hand tells of what others did with what was dirty when it began.</summary>
[Collection(ManualClockTests.Name)]
public sealed class FlushByHandTests
{
    [Theory]
    [InlineData(nameof(ICacheTier.TakeAsync))]
    [InlineData(nameof(ICacheTier.SettleAsync))]
    public async Task One_that_the_tier_failed_tells_nobody_that_nothing_failed(string operation)
    {
        var fails = false;
        await using var harness = await CacheHarness.StartAsync(decorate: inner => new FaultyTier(inner)
        {
            IsLocal = false,
            Before = called =>
                fails && called == operation
                    ? throw new TierUnavailableException("the tier is away", mayHaveHappened: false)
                    : ValueTask.CompletedTask,
        });
        await harness.Cache.SetAsync("k", "v");
        fails = true;

        string told;
        try
        {
            told = string.Join(' ', (await harness.Cache.Operations.FlushAsync()).Failed.Values);
        }
        catch (TierUnavailableException away)
        {
            told = away.Message;
        }

        Assert.Contains("the tier is away", told, StringComparison.Ordinal);
        fails = false;
        await harness.AdvanceUntilAsync(() => harness.Store.Text("k") is not null, "the flush");
    }

    [Fact]
    public async Task One_that_got_no_lease_tells_why_what_is_left_is_left()
    {
        var (fails, time) = (true, new ManualTimeProvider());
        // When no beat has been is told by the time of nought.
        time.Advance(TimeSpan.FromSeconds(1));
        await using var harness = await CacheHarness.StartAsync(
            static options =>
            {
                options.Flush.Interval = TimeSpan.FromHours(1);
                options.Flush.StoredTimeout = TimeSpan.FromMilliseconds(400);
            },
            decorate: inner => new FaultyTier(inner)
            {
                IsLocal = false,
                Before = called =>
                    fails && called == nameof(ICacheTier.AcquirePartitionsAsync)
                        ? throw new TierUnavailableException("Redis refused: MISCONF", mayHaveHappened: false) { IsAnswered = true }
                        : ValueTask.CompletedTask,
            },
            time: time
        );
        await harness.Cache.SetAsync("k", "v");

        await CacheHarness.SettleAsync();

        // Between two beats: it does not ask for leases itself.
        var flushing = harness.Cache.Operations.FlushAsync().AsTask();
        await harness.AdvanceUntilAsync(() => flushing.IsCompleted, "it gives up");
        var report = await flushing;

        Assert.Equal((0, 1, "Redis refused: MISCONF"), (report.Stored, report.Left, report.Reason));
        fails = false;
        var refusedUntil = time.GetTimestamp();
        await harness.AdvanceUntilAsync(() => harness.Store.Text("k") is not null, "the flush");
        // Nothing was dirty at the start, but by the time the leases come something is: it does not wait for an interval.
        Assert.InRange(time.GetElapsedTime(refusedUntil), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        report = await harness.Cache.Operations.FlushAsync();
        Assert.Equal((0, (string?)null), (report.Left, report.Reason));
    }

    [Fact]
    public async Task What_has_nothing_to_do_with_the_flush_is_not_told_as_why_something_is_left()
    {
        FaultyTier? tier = null;
        await using var harness = await CacheHarness.StartAsync(
            static options =>
            {
                options.Flush.Interval = TimeSpan.FromHours(1);
                options.Flush.StoredTimeout = TimeSpan.FromMilliseconds(400);
            },
            decorate: inner =>
            {
                int[] all = [.. Enumerable.Range(0, inner.Partitions)];
                return tier = new FaultyTier(inner)
                {
                    IsLocal = false,
                    // Another worker has them all, and stores nothing.
                    Before = async called =>
                    {
                        if (called == nameof(ICacheTier.AcquirePartitionsAsync))
                        {
                            await inner.AcquirePartitionsAsync("other", all, TimeSpan.FromHours(2), CancellationToken.None);
                        }
                    },
                };
            }
        );
        await harness.Cache.SetAsync("k", "v");
        (tier!.Problem, tier.Warning) = ("Redis is full to 95 %", "Redis refuses its channel");
        Assert.Equal((1, null), await FlushAsync());

        tier.FlushProblem = "Redis refuses writes";
        Assert.Equal((1, "Redis refuses writes"), await FlushAsync());

        async Task<(long Left, string? Reason)> FlushAsync()
        {
            var flushing = harness.Cache.Operations.FlushAsync().AsTask();
            await harness.AdvanceUntilAsync(() => flushing.IsCompleted, "it gives up");
            var report = await flushing;
            return (report.Left, report.Reason);
        }
    }

    // The first beat is under way when a pass looks: it has no leases yet, and then there are all.
    [Fact]
    public async Task One_whose_pass_came_before_the_leases_does_not_tell_that_nothing_is_left()
    {
        var time = new ManualTimeProvider();
        time.Advance(TimeSpan.FromSeconds(1));
        var (isAsked, looks) = (false, 0);
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Flush.Interval = TimeSpan.FromHours(1),
            decorate: inner => new FaultyTier(inner)
            {
                IsLocal = false,
                Before = async called =>
                {
                    if (called == nameof(ICacheTier.AcquirePartitionsAsync))
                    {
                        await held.Task;
                    }
                    // As it begins, for the pass, and behind it.
                    else if (called == nameof(ICacheTier.GetDirtyAsync) && isAsked && ++looks == 3)
                    {
                        held.SetResult();
                        await CacheHarness.SettleAsync();
                    }
                },
            },
            time: time
        );
        await harness.Cache.SetAsync("k", "v");
        await CacheHarness.SettleAsync();
        isAsked = true;

        var report = await harness.Cache.Operations.FlushAsync();

        Assert.Equal((1, 0, "v"), (report.Stored, report.Left, harness.Store.Text("k")));
    }

    [Fact]
    public async Task What_a_look_told_is_no_younger_for_being_heard_late()
    {
        var time = new ManualTimeProvider();
        var delay = TimeSpan.Zero;
        FaultyTier? tier = null;
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Flush.Interval = TimeSpan.FromHours(1),
            decorate: inner =>
                tier = new FaultyTier(inner)
                {
                    IsLocal = false,
                    After = called =>
                    {
                        if (called == nameof(ICacheTier.GetDirtyAsync))
                        {
                            time.Advance(delay);
                        }

                        return ValueTask.CompletedTask;
                    },
                },
            time: time
        );
        await harness.Cache.SetAsync("k", "v");
        time.Advance(TimeSpan.FromMilliseconds(10));
        var watch = await FlushWatch.BeginAsync(tier!, TimeSpan.FromSeconds(30), time, TestContext.Current.CancellationToken);

        delay = TimeSpan.FromSeconds(1);
        await watch.LookAsync(TestContext.Current.CancellationToken);

        Assert.False(watch.IsDone);
    }

    [Fact]
    public async Task One_that_found_the_store_away_names_what_it_tried_and_counts_the_others_as_left()
    {
        await using var harness = await StartInBatchesOfTenAsync();
        harness.Store.BeforeSave = static _ => throw new TimeoutException("the store is away");
        await WriteAsync(harness, 25);

        var report = await harness.Cache.Operations.FlushAsync();

        Assert.Equal((0, 10, 15), (report.Stored, report.Failed.Count, report.Left));
        harness.Store.BeforeSave = static _ => Task.CompletedTask;
        report = await harness.Cache.Operations.FlushAsync();
        Assert.Equal((25, 0, 0), (report.Stored, report.Failed.Count, report.Left));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1)]
    public async Task One_that_finds_the_store_back_does_not_end_with_its_probe_though_keys_are_refused(int mostDeadLetters)
    {
        await using var harness = await StartInBatchesOfTenAsync(mostDeadLetters);
        harness.Store.BeforeSave = static _ => throw new TimeoutException("the store is away");
        await harness.Cache.SetAsync("bad", "v");
        await harness.Cache.SetAsync("worse", "v");
        await WriteAsync(harness, 30);
        Assert.Equal(CircuitState.Open, harness.Counters.Circuit);
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => write.Key is "bad" or "worse")
                ? throw new StoreException("too long", isTransient: false) { BlamesRow = true }
                : Task.CompletedTask;

        var report = await harness.Cache.Operations.FlushAsync();

        Assert.Equal((30, 0), (report.Stored, report.Left));
        Assert.Equal(new Dictionary<string, string> { ["bad"] = "too long", ["worse"] = "too long" }, report.Failed);
    }

    [Fact]
    public async Task A_long_error_of_what_is_no_dead_letter_yet_is_cut()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => write.Key == "bad") ? throw new TimeoutException(new string('e', 100_000)) : Task.CompletedTask;
        await harness.Cache.SetAsync("bad", "v");
        await harness.Cache.SetAsync("good", "v");

        var failed = (await harness.Cache.Operations.FlushAsync()).Failed;

        Assert.Equal(new string('e', 2000) + "…", failed["bad"]);
    }

    [Fact]
    public async Task What_a_pass_under_way_refuses_is_told_and_what_was_refused_before_is_not()
    {
        await using var harness = await CacheHarness.StartAsync();
        var hold = new TaskCompletionSource();
        hold.SetResult();
        var isAsked = false;
        harness.Store.BeforeSave = async batch =>
        {
            isAsked = true;
            await hold.Task;
            if (batch.Any(static write => write.Key is "bad" or "worse"))
            {
                throw new StoreException("too long", isTransient: false) { BlamesRow = true };
            }
        };
        await harness.Cache.SetAsync("worse", "v");
        await harness.Cache.SetAsync("good", "v1");
        Assert.Equal(["worse"], (await harness.Cache.Operations.FlushAsync()).Failed.Keys);

        (hold, isAsked) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), false);
        await harness.Cache.SetAsync("bad", "v");
        await harness.Cache.SetAsync("good", "v2");
        await harness.AdvanceUntilAsync(() => isAsked, "a pass");
        var flushing = harness.Cache.Operations.FlushAsync().AsTask();
        hold.SetResult();

        Assert.Equal(new Dictionary<string, string> { ["bad"] = "too long" }, (await flushing).Failed);
        Assert.Equal(2, (await harness.Cache.Operations.GetDeadLettersAsync()).Count);
    }

    private static Task<CacheHarness> StartInBatchesOfTenAsync(int mostDeadLetters = 1000) =>
        CacheHarness.StartAsync(options =>
        {
            // One queue, in the order of the writes.
            options.Tier.Partitions = 1;
            options.Flush.Interval = TimeSpan.FromHours(1);
            options.Flush.BatchSize = 10;
            options.Flush.BatchesInFlight = 1;
            options.Flush.CircuitFailures = 1;
            options.Flush.MaxDeadLetters = mostDeadLetters;
        });

    // The passes that full batches set off are over then, and the next one waits for the clock.
    private static async Task WriteAsync(CacheHarness harness, int keys)
    {
        for (var i = 0; i < keys; i++)
        {
            await harness.Cache.SetAsync($"k{i}", "v");
        }

        await CacheHarness.SettleAsync();
    }
}

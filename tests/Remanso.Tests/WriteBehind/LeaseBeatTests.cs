using System.Collections.Concurrent;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Stores;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

[Collection(ManualClockTests.Name)]
public sealed class LeaseBeatTests
{
    [Fact]
    public async Task A_beat_that_succeeds_again_ends_the_problem_though_nothing_is_flushed()
    {
        var (harness, tier) = await DownTier.StartAsync(static options => options.Flush.Interval = TimeSpan.FromHours(1));
        await using (harness)
        {
            tier.TakeAway("HeartbeatAsync");
            await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 1, "a beat failed");
            tier.GiveBack();
            await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "a beat succeeded");
        }
    }

    [Fact]
    public async Task A_refusal_that_is_heard_behind_a_pass_that_ended_well_is_asked_about_again()
    {
        var refusal = new Gate();
        var asked = 0;
        using var log = new RecordingLog();
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Flush.Interval = TimeSpan.FromHours(1),
            decorate: inner => new FaultyTier(inner)
            {
                IsLocal = false,
                Before = async called =>
                {
                    if (called == nameof(ICacheTier.HeartbeatAsync) && Interlocked.Increment(ref asked) == 2)
                    {
                        await refusal.PassAsync();
                        throw new TierUnavailableException("Redis refused: MISCONF", mayHaveHappened: false) { IsAnswered = true };
                    }
                },
            },
            loggers: log
        );
        await harness.AdvanceUntilAsync(() => Volatile.Read(ref asked) == 2, "a beat is refused");

        await harness.Cache.Operations.FlushAsync(TestContext.Current.CancellationToken);
        refusal.Open();

        await harness.AdvanceUntilAsync(() => Volatile.Read(ref asked) > 2, "it is asked again");
        Assert.Equal(0, harness.Counters.FlushErrors.Value);
        Assert.DoesNotContain(log.Lines, static line => line.Contains("can be flushed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_dirty_is_looked_at_every_few_seconds_whatever_the_passes_wait_for(bool isBackoff)
    {
        var looks = new ConcurrentQueue<DateTimeOffset>();
        var time = new ManualTimeProvider();
        await using var harness = await CacheHarness.StartAsync(
            options =>
            {
                options.Flush.Interval = isBackoff ? TimeSpan.FromMilliseconds(50) : TimeSpan.FromHours(1);
                options.Flush.FirstBackoff = options.Flush.MaxBackoff = TimeSpan.FromMinutes(1);
            },
            decorate: inner => new FaultyTier(inner)
            {
                IsLocal = false,
                Before = called =>
                {
                    if (called == nameof(ICacheTier.GetDirtyAsync))
                    {
                        looks.Enqueue(time.GetUtcNow());
                    }

                    return ValueTask.CompletedTask;
                },
            },
            time: time
        );
        var saves = 0;
        harness.Store.BeforeSave = _ => throw new StoreException($"down {Interlocked.Increment(ref saves)}", isTransient: true);
        await harness.Cache.SetAsync("k", "v");
        if (isBackoff)
        {
            await harness.AdvanceUntilAsync(() => saves > 0, "a pass failed");
        }

        looks.Clear();
        var began = time.GetUtcNow();
        await harness.AdvanceUntilAsync(() => time.GetUtcNow() - began > TimeSpan.FromSeconds(25), "most of the shortest back-off");

        DateTimeOffset[] all = [began, .. looks, time.GetUtcNow()];
        Assert.All(all.Zip(all.Skip(1)), static two => Assert.InRange(two.Second - two.First, TimeSpan.Zero, TimeSpan.FromSeconds(4)));
        Assert.InRange(saves, 0, 1);
    }
}

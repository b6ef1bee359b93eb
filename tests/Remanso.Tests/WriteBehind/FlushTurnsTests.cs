using System.Collections.Concurrent;
using Remanso.Conformance.Tiers;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>A flush that is in time lets requests have the processor; one that is late, or near a limit, does not.</summary>
[Collection(ManualClockTests.Name)]
public sealed class FlushTurnsTests
{
    private readonly ConcurrentQueue<bool> _told = new();

    [Fact]
    public async Task A_store_is_told_whether_the_flush_is_in_time()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Flush.Interval = TimeSpan.FromSeconds(1));
        harness.Store.BeforeSave = batch =>
        {
            _told.Enqueue(batch[0].HasTime);
            throw new TimeoutException("the store is away");
        };

        await harness.Cache.SetAsync("k", "v");
        await harness.AdvanceUntilAsync(() => _told.Contains(false), "a try that is late");

        // From then on.
        Assert.True(_told.First());
        Assert.Equal(_told.OrderDescending(), _told);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public async Task Half_of_a_limit_leaves_a_flush_no_time_however_young_it_all_is(int entries, bool hasTime)
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
            (options.Flush.Interval, options.Tier.MaxDirtyEntries) = (TimeSpan.FromHours(1), 10)
        );
        Listen(harness);
        await SetManyAsync(harness, entries);

        await harness.Cache.Operations.FlushAsync();

        Assert.Equal([hasTime], _told);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(1.9, false)]
    public async Task Half_of_the_age_at_which_writes_are_refused_leaves_a_flush_no_time(double maxAge, bool hasTime)
    {
        await using var harness = await CacheHarness.StartAsync(options =>
            (options.Flush.Interval, options.Tier.MaxDirtyAge) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(maxAge))
        );
        Listen(harness);

        await harness.Cache.SetAsync("k", "v");
        await harness.AdvanceUntilAsync(() => !_told.IsEmpty, "the flush");

        Assert.Equal([hasTime], _told);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(3.0, false)]
    public async Task A_pass_that_goes_on_for_long_is_late_though_it_began_in_time(double? maxAge, bool hasTimeLater)
    {
        await using var harness = await CacheHarness.StartAsync(
            options =>
                (options.Flush.Interval, options.Tier.MaxDirtyAge) = (
                    TimeSpan.FromSeconds(1),
                    maxAge is { } seconds ? TimeSpan.FromSeconds(seconds) : null
                ),
            decorate: static tier => new FaultyTier(tier) { MostTaken = 1 }
        );
        Listen(harness);
        harness.Store.AfterSave = _ =>
        {
            // The pass is under way, and nobody else moves the clock.
            harness.Time.Advance(TimeSpan.FromSeconds(1.6));
            return Task.CompletedTask;
        };
        await SetManyAsync(harness, 3);

        await harness.Cache.Operations.FlushAsync();

        Assert.Equal([true, hasTimeLater, false], _told);
    }

    private void Listen(CacheHarness harness) =>
        harness.Store.BeforeSave = batch =>
        {
            _told.Enqueue(batch[0].HasTime);
            return Task.CompletedTask;
        };

    private static async Task SetManyAsync(CacheHarness harness, int entries) =>
        await harness.Cache.SetManyAsync([.. Enumerable.Range(0, entries).Select(static i => KeyValuePair.Create($"k{i}", "v"))]);
}

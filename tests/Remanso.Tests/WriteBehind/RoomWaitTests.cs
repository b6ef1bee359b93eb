using Remanso.Stores;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

[Collection(ManualClockTests.Name)]
public sealed class RoomWaitTests
{
    [Fact]
    public async Task A_write_that_finds_the_cache_full_waits_for_room()
    {
        var down = true;
        await using var harness = await StartFullAsync(() => down);

        var write = harness.Cache.SetAsync("third", "v").AsTask();
        await CacheHarness.SettleAsync();
        Assert.False(write.IsCompleted);
        down = false;
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "that there is room");

        await write;
        Assert.Equal("v", (await harness.Cache.GetAsync("third")).Value);
        Assert.Equal(0, (await harness.Cache.GetStatisticsAsync()).Refused);
    }

    [Fact]
    public async Task A_write_that_has_waited_for_long_enough_is_refused_and_counted_once()
    {
        await using var harness = await StartFullAsync(static () => true);
        var began = harness.Time.GetUtcNow();

        var write = harness.Cache.SetAsync("third", "v").AsTask();
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "the end of the wait");

        await Assert.ThrowsAsync<BackPressureException>(() => write);
        Assert.InRange(harness.Time.GetUtcNow() - began, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2.2));
        Assert.Equal(1, (await harness.Cache.GetStatisticsAsync()).Refused);
    }

    [Fact]
    public async Task An_increment_waits_for_room_like_any_write()
    {
        var isDown = true;
        await using var harness = await StartFullAsync(() => isDown);

        var increment = harness.Cache.IncrementAsync("third", 5).AsTask();
        await CacheHarness.SettleAsync();
        Assert.False(increment.IsCompleted);
        isDown = false;

        await harness.AdvanceUntilAsync(() => increment.IsCompleted, "the increment");
        Assert.Equal(5, (await increment).Value);
    }

    [Fact]
    public async Task A_write_that_waits_can_be_given_up()
    {
        await using var harness = await StartFullAsync(static () => true);
        using var source = new CancellationTokenSource();

        var write = harness.Cache.SetAsync("third", "v", cancellationToken: source.Token).AsTask();
        await CacheHarness.SettleAsync();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
    }

    [Fact]
    public async Task No_more_than_a_thousand_writes_wait_and_further_ones_are_refused_at_once()
    {
        await using var harness = await StartFullAsync(static () => true);
        var writes = Enumerable.Range(0, 1000).Select(i => harness.Cache.SetAsync($"waits{i}", "v").AsTask()).ToArray();
        await CacheHarness.SettleAsync();

        await Assert.ThrowsAsync<BackPressureException>(async () => await harness.Cache.SetAsync("one too many", "v"));

        Assert.All(writes, static write => Assert.False(write.IsCompleted));
        await harness.AdvanceUntilAsync(() => Array.TrueForAll(writes, static write => write.IsCompleted), "the end of the waits");
        Assert.All(writes, static write => Assert.IsType<BackPressureException>(write.Exception!.InnerException));
    }

    private static async Task<CacheHarness> StartFullAsync(Func<bool> isDown)
    {
        var harness = await CacheHarness.StartAsync(static options =>
        {
            options.Tier.MaxDirtyEntries = 2;
            options.Tier.WhenFull = WhenFull.Wait;
            options.Tier.MaxWait = TimeSpan.FromSeconds(2);
        });
        harness.Store.BeforeSave = _ => isDown() ? throw new StoreException("down", isTransient: true) : Task.CompletedTask;
        await harness.Cache.SetAsync("first", "v");
        await harness.Cache.SetAsync("second", "v");
        return harness;
    }
}
